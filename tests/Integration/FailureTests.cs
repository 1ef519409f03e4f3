using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Each ends in a failed task with a sentence that a person understands, and the program goes on.</summary>
public sealed class FailureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_VMID_that_no_guest_has_fails_and_the_others_are_backed_up()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 999, 101);

        Assert.Equal("job errors", result.Error);
        Assert.Equal([101, 999], result.Tasks.Select(task => task.Guest.Value));
        Assert.IsType<TaskOutcome.Done>(result.Tasks[0].Outcome);
        Assert.Equal("unable to find VM '999': this node has no guest with that VMID", Assert.IsType<TaskOutcome.Failed>(result.Tasks[1].Outcome).Reason);
    }

    [Fact]
    public async Task A_storage_whose_folder_is_not_there_fails_every_task_and_is_not_made()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"\ndir: usb\n\tpath {harness.Folder}/not-mounted\n\tcontent backup\n", Cancellation);

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Storage = "usb" }, 101);

        Assert.Contains("The storage 'usb' is not there", result.Error, StringComparison.Ordinal);
        Assert.Contains("Is its disk mounted?", Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome).Reason, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(harness.Folder, "not-mounted")));
    }

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    public async Task A_full_disk_fails_the_task_and_leaves_no_half_archive(CompressionKind compress)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var disk = await SmallDisk.MountAsync(harness.Dump, mebibytes: 3);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(compress), 100, 101);

        Assert.All(result.Tasks, task => Assert.Contains("The storage 'local' is full", Assert.IsType<TaskOutcome.Failed>(task.Outcome).Reason, StringComparison.Ordinal));
        Assert.Empty(harness.Leftovers());
        Assert.Contains(events.Lines, line => line.StartsWith("ERROR: Backup of VM 101 failed - The storage 'local' is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_fails_the_task_and_is_named()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        // A real read error: an image on btrfs whose data was changed under its checksum.
        await using var damaged = await DamagedFile.MakeAsync(Path.Combine(harness.Folder, "storage/local/images/101/subvol-101-disk-0.subvol"));

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 101);

        var failed = Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome);
        Assert.Contains("could not all be read", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("damaged.bin", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(harness.Leftovers());
        Assert.Contains(events.Lines, line => line.StartsWith("WARN: tar:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_locked_guest_is_refused_its_lock_named_and_kept()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var config = Path.Combine(harness.Folder, "lxc/101.conf");
        await File.AppendAllTextAsync(config, "lock: migrate\n", Cancellation);
        var before = await File.ReadAllTextAsync(config, Cancellation);

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 101, 100);

        Assert.Contains("is locked (migrate)", Assert.IsType<TaskOutcome.Failed>(result.Tasks[1].Outcome).Reason, StringComparison.Ordinal);
        Assert.IsType<TaskOutcome.Done>(result.Tasks[0].Outcome);
        Assert.Equal(before, await File.ReadAllTextAsync(config, Cancellation));
    }

    [Fact]
    public async Task A_guest_is_locked_while_it_is_backed_up_and_its_config_is_as_before_afterwards()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var config = Path.Combine(harness.Folder, "lxc/101.conf");
        var before = await File.ReadAllTextAsync(config, Cancellation);
        var events = new EventList();

        var running = harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.None) with { BandwidthLimitKiB = 4096 }, 101), events, Cancellation);
        await events.SeeLineAsync("creating vzdump archive");
        var during = await harness.Get<GuestInventory>().ListAsync(Cancellation);
        await running;

        Assert.Equal("backup", during.Guests.Single(state => state.Guest.Id.Value == 101).Lock);
        Assert.Equal(before, await File.ReadAllTextAsync(config, Cancellation));
    }

    [Fact]
    public async Task A_run_waits_for_a_foreign_holder_of_the_node_lock_and_then_works()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var release = Path.Combine(harness.Folder, "release");
        var holder = Shell.ShAsync($"exec 9>'{harness.Folder}/vzdump.lock'; flock 9; touch '{harness.Folder}/held'; while [ ! -e '{release}' ]; do sleep 0.05; done");
        await Until.TrueAsync(() => File.Exists(Path.Combine(harness.Folder, "held")), "flock holds the lock");
        var events = new EventList();

        var running = harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.Zstd), 101), events, Cancellation);
        await events.SeeLineAsync("trying to get global lock - waiting...");
        Assert.DoesNotContain(events.All, value => value is BackupEvent.TaskStarted);
        await File.WriteAllTextAsync(release, "", Cancellation);

        Assert.True((await running).Succeeded);
        await holder;
    }

    [Fact]
    public async Task A_run_that_may_not_wait_for_the_node_lock_fails()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        using var held = VzDump.Engine.Host.FileLock.TryTake(Path.Combine(harness.Folder, "vzdump.lock"));

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { LockWaitMinutes = 0 }, 101);

        Assert.Contains("Another backup holds the lock", result.Error, StringComparison.Ordinal);
    }
}
