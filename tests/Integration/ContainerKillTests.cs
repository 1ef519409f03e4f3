using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The program is killed at each step of snapshot mode, and together with others; the next start puts the container right.</summary>
public sealed class ContainerKillTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("btrfs", "prepare-before")]
    [InlineData("btrfs", "prepare-after")]
    [InlineData("btrfs", "suspend-after")]
    [InlineData("btrfs", "cut-before")]
    [InlineData("btrfs", "cut-during:3")]
    [InlineData("btrfs", "cut-during:5")]
    [InlineData("btrfs", "cut-after")]
    [InlineData("btrfs", "resume-after")]
    [InlineData("btrfs", "open-before")]
    [InlineData("btrfs", "open-after")]
    [InlineData("btrfs", "unlock-before")]
    [InlineData("btrfs", "unlock-after")]
    [InlineData("btrfs", "dispose-before")]
    [InlineData("btrfs", "dispose-during:3")]
    [InlineData("btrfs", "dispose-after")]
    [InlineData("image", "suspend-after")]
    [InlineData("image", "cut-during:2")]
    [InlineData("image", "cut-after")]
    [InlineData("image", "open-during:20")]
    [InlineData("image", "open-after")]
    [InlineData("image", "dispose-before")]
    public Task A_container_goes_on_and_its_snapshots_go_after_a_kill_in_snapshot_mode(string storage, string step) => KilledBackup.IsPutRightAsync(storage, "snapshot", step);

    [Fact]
    public async Task A_snapshot_that_is_still_being_made_when_the_program_is_killed_goes_too()
    {
        await using var container = await RecordingContainer.StartAsync("native", "btrfs");
        var slow = container.Harness.SlowProgram("btrfs", "[ \"$2\" = snapshot ] && sleep 3", after: "");
        await KilledBackup.DieAsync(container, "snapshot", "cut-during:500", slow);
        Assert.NotEqual("", await MakingAsync());

        await container.Harness.Engine.RecoverAsync(Cancellation);

        await container.GoesOnAsync();
        await Until.TrueAsync(async () => await MakingAsync() == "", "nobody makes a snapshot any more");
        await container.AssertCleanAsync();

        Task<string> MakingAsync() => Shell.ShAsync($"grep -lz '^{container.Volumes}.*@vzdump' /proc/[0-9]*/cmdline 2>/dev/null || true");
    }

    [Fact]
    public async Task A_container_that_was_frozen_when_program_and_monitor_were_killed_runs_again()
    {
        await using var container = await RecordingContainer.StartAsync("native", "dir");
        var (init, monitor) = (await container.InitPidAsync(), await container.MonitorPidAsync());
        await KilledBackup.DieAsync(container, "suspend", "suspend-after");
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
        await KilledBackup.DieAsync(container, "snapshot", "open-after");
        Directory.Delete(Path.Combine(container.Harness.Folder, "unfinished"), recursive: true);
        var guest = await container.GuestAsync();
        await container.Harness.Get<GuestInventory>().DriverOf(GuestKind.Lxc).UnlockAsync(guest, Cancellation);

        var (result, events) = await container.Harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None }, guest.Id.Value);

        Assert.True(result.Succeeded, events.Text);
        Assert.Contains(events.Lines, line => line.StartsWith("INFO: found old vzdump snapshot", StringComparison.Ordinal));
        Assert.DoesNotContain("@vzdump", await Shell.RunAsync("find", container.Volumes, "-maxdepth", "4"), StringComparison.Ordinal);
    }
}
