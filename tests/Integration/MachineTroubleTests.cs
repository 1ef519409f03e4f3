using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Whatever happens to a backup, the guest goes on, and nothing is left of it.</summary>
public sealed class MachineTroubleTests(GuestKernel kernel)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Slow enough for the test to do something meanwhile.
    private static BackupSettings Slow => new() { Mode = BackupMode.Snapshot, Compress = CompressionKind.None, BandwidthLimitKiB = 1024 };

    [Fact]
    public async Task A_fleecing_image_that_fills_up_fails_the_backup_and_the_guest_goes_on()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: 16);
        await guest.StartAsync();
        await using var small = await SmallDisk.MountAsync(Path.Combine(harness.Folder, "small"), mebibytes: 2);
        // Room for the images' own tables, and for little of what the guest overwrites.
        var (result, events) = await harness.BackUpAsync(Slow with { TemporaryFolder = Path.Combine(harness.Folder, "small") }, 100);

        var reason = Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome).Reason;
        Assert.Contains("point-in-time copy of the disk", reason, StringComparison.Ordinal);
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task A_full_target_fails_the_backup_and_the_guest_goes_on()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: 8);
        await guest.StartAsync();
        await using var small = await SmallDisk.MountAsync(harness.Dump, mebibytes: 4);

        var (result, events) = await harness.BackUpAsync(Slow with { BandwidthLimitKiB = 0, TemporaryFolder = Directory.CreateDirectory(Path.Combine(harness.Folder, "tmp")).FullName }, 100);

        Assert.Contains("is full", Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome).Reason, StringComparison.Ordinal);
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task A_QEMU_that_is_killed_fails_the_backup_and_leaves_nothing_on_the_host()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: 16);
        await guest.StartAsync();
        var events = new EventList();

        var running = harness.Engine.RunAsync(EngineHarness.JobOf(Slow, 100), events, Cancellation);
        await events.SeeLineAsync("creating vzdump archive");
        await Shell.RunAsync("kill", "-9", $"{guest.Pid}");
        var result = await running;

        Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome);
        Assert.Equal(GuestStatus.Stopped, (await guest.StateAsync()).Status);
        Assert.Null((await guest.StateAsync()).Lock);
        Assert.True(!harness.Leftovers().Any(), events.Text);
    }

    [Fact]
    public async Task A_cancelled_backup_takes_everything_out_of_QEMU_and_the_guest_goes_on()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: 16);
        await guest.StartAsync();
        var events = new EventList();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var running = harness.Engine.RunAsync(EngineHarness.JobOf(Slow, 100), events, stop.Token);
        await events.SeeLineAsync("creating vzdump archive");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Theory]
    [InlineData("snapshot", "cut-during:150")]
    [InlineData("snapshot", "cut-after")]
    [InlineData("snapshot", "open-after")]
    [InlineData("snapshot", "dispose-before")]
    [InlineData("suspend", "suspend-after")]
    [InlineData("suspend", "cut-after")]
    [InlineData("stop", "stop-after")]
    [InlineData("stop", "cut-after")]
    [InlineData("stop", "open-after")]
    public Task After_a_kill_of_the_program_the_next_start_puts_the_machine_right(string mode, string step) => KillAsync(mode, step, "virtio", "");

    // With iothreads a client that leaves QEMU's NBD server would take the whole machine down.
    [Theory]
    [InlineData("snapshot", "open-after")]
    public Task After_a_kill_of_the_program_a_machine_with_iothreads_is_put_right_too(string mode, string step) => KillAsync(mode, step, "scsi", ",iothread=1");

    private async Task KillAsync(string mode, string step, string bus, string options)
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, bus, options);
        await guest.StartAsync();
        using var victim = Victim.Start("backup", harness.Folder, harness.LxcFolder, "100", "0", mode, step);
        var said = await victim.WaitForKillAsync(null);

        var recovered = string.Join('\n', [said, .. await harness.Engine.RecoverAsync(Cancellation)]);

        await guest.AssertGoesOnAsync(recovered);
        await guest.AssertNothingLeftAsync(recovered);
        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None }, 100);
        Assert.True(result.Succeeded, events.Text);
        using var restored = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
        restored.AssertOneMoment(bus);
    }
}
