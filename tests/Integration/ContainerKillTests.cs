using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The program is killed at each step of the modes in which a container stands still, and the next start puts it right.</summary>
public sealed class ContainerKillTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("prepare-after")]
    [InlineData("copy-before")]
    [InlineData("copy-during:30")]
    [InlineData("copy-after")]
    [InlineData("suspend-before")]
    [InlineData("suspend-during:1")]
    [InlineData("suspend-after")]
    [InlineData("cut-during:20")]
    [InlineData("cut-after")]
    [InlineData("resume-before")]
    [InlineData("resume-after")]
    [InlineData("open-after")]
    [InlineData("dispose-before")]
    [InlineData("dispose-after")]
    public Task A_container_goes_on_after_a_kill_in_suspend_mode(string step) => KillAsync("dir", "suspend", step);

    [Theory]
    [InlineData("btrfs", "prepare-after")]
    [InlineData("btrfs", "suspend-after")]
    [InlineData("btrfs", "cut-during:5")]
    [InlineData("btrfs", "cut-after")]
    [InlineData("btrfs", "resume-after")]
    [InlineData("btrfs", "open-after")]
    [InlineData("btrfs", "dispose-before")]
    [InlineData("btrfs", "dispose-after")]
    [InlineData("image", "suspend-after")]
    [InlineData("image", "cut-during:2")]
    [InlineData("image", "cut-after")]
    [InlineData("image", "open-during:20")]
    [InlineData("image", "open-after")]
    [InlineData("image", "dispose-before")]
    public Task A_container_goes_on_and_its_snapshots_go_after_a_kill_in_snapshot_mode(string storage, string step) => KillAsync(storage, "snapshot", step);

    [Fact]
    public async Task A_container_that_was_frozen_when_program_and_monitor_were_killed_runs_again()
    {
        await using var container = await RecordingContainer.StartAsync("native", "dir");
        var (init, monitor) = (await container.InitPidAsync(), await container.MonitorPidAsync());
        await DieAsync(container, "suspend", "suspend-after");
        await Shell.RunAsync("kill", "-KILL", $"{monitor}");
        await Until.TrueAsync(async () => await container.StatusAsync() == "STOPPED", "the monitor is gone");
        Assert.True(Directory.Exists($"/proc/{init}")); // stands still, and cannot even die

        var said = await container.Harness.Engine.RecoverAsync(Cancellation);

        Assert.Contains(said, line => line.Contains("starting the container again", StringComparison.Ordinal));
        await Until.TrueAsync(() => !Directory.Exists($"/proc/{init}"), "the first life is over");
        await container.GoesOnAsync();
        await container.AssertCleanAsync();
        await container.LongestPauseAsync();
    }

    [Fact]
    public async Task A_snapshot_whose_note_was_lost_is_removed_by_the_next_backup()
    {
        await using var container = await RecordingContainer.StartAsync("native", "btrfs");
        await DieAsync(container, "snapshot", "open-after");
        Directory.Delete(Path.Combine(container.Harness.Folder, "unfinished"), recursive: true);
        var guest = await container.GuestAsync();
        await container.Harness.Get<GuestInventory>().DriverOf(GuestKind.Lxc).UnlockAsync(guest, Cancellation);

        var (result, events) = await container.Harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None }, guest.Id.Value);

        Assert.True(result.Succeeded, events.Text);
        Assert.Contains(events.Lines, line => line.StartsWith("INFO: found old vzdump snapshot", StringComparison.Ordinal));
        Assert.DoesNotContain("@vzdump", await Shell.RunAsync("find", container.Volumes, "-maxdepth", "4"), StringComparison.Ordinal);
    }

    private static async Task KillAsync(string storage, string mode, string step)
    {
        await using var container = await RecordingContainer.StartAsync("native", storage);
        var before = await container.InitPidAsync();
        var said = await DieAsync(container, mode, step);

        IReadOnlyList<string> recovered = [said, .. await container.Harness.Engine.RecoverAsync(Cancellation)];

        Assert.True(await container.StatusAsync() == "RUNNING", string.Join('\n', recovered));
        await container.GoesOnAsync();
        Assert.Equal(before, await container.InitPidAsync());
        await container.AssertCleanAsync();
        await container.LongestPauseAsync();
    }

    private static async Task<string> DieAsync(RecordingContainer container, string mode, string step)
    {
        using var victim = Victim.Start("backup", container.Harness.Folder, container.LxcPath, $"{(await container.GuestAsync()).Id}", "0", mode, step);
        return await victim.WaitForKillAsync(null);
    }
}
