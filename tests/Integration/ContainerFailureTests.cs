using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Whatever goes wrong while a container is copied or cut: it runs afterwards, and the task says why it failed.</summary>
public sealed class ContainerFailureTests
{
    // What a test has put there happens before the first, the final step of copying, or the snapshot.
    private static readonly (string, string)[] Programs =
    [
        ("rsync", "case \"$*\" in *--inplace*) step=final;; *) step=first;; esac; [ -f $folder/$step ] && . $folder/$step; exec /usr/bin/rsync \"$@\""),
        ("btrfs", "[ -f $folder/$2 ] && [ \"$1\" = subvolume ] && . $folder/$2; exec /usr/bin/btrfs \"$@\""),
        ("lxc-stop", "[ -f $folder/stop ] && . $folder/stop; exec /usr/bin/lxc-stop \"$@\""),
    ];

    [Theory]
    [InlineData("dir", "first", BackupMode.Suspend)]
    [InlineData("dir", "final", BackupMode.Suspend)]
    [InlineData("btrfs", "snapshot", BackupMode.Snapshot)]
    public async Task A_program_that_is_killed_fails_the_task_and_the_container_goes_on(string storage, string step, BackupMode mode)
    {
        await using var container = await StartAsync(storage);
        await File.WriteAllTextAsync(Path.Combine(container.Harness.Folder, step), "kill -KILL $$", TestContext.Current.CancellationToken);
        var before = await container.InitPidAsync();

        var failed = await FailAsync(container, mode);

        Assert.Contains("signal 9", failed, StringComparison.Ordinal);
        Assert.Equal(before, await container.InitPidAsync());
        await container.LongestPauseAsync();
    }

    [Theory]
    [InlineData("dir", "first", BackupMode.Suspend)]
    [InlineData("dir", "final", BackupMode.Suspend)]
    [InlineData("btrfs", "snapshot", BackupMode.Snapshot)]
    public async Task A_container_whose_monitor_is_killed_runs_again_and_the_task_says_so(string storage, string step, BackupMode mode)
    {
        await using var container = await StartAsync(storage);
        await File.WriteAllTextAsync(Path.Combine(container.Harness.Folder, step), $"kill -KILL {await container.MonitorPidAsync()}; sleep 0.3", TestContext.Current.CancellationToken);

        var failed = await FailAsync(container, mode);

        Assert.Contains("its monitor was killed", failed, StringComparison.Ordinal);
        await container.LongestPauseAsync();
        // The cgroup of the first life is still there, and LXC chose another: it must be found all the same.
        File.Delete(Path.Combine(container.Harness.Folder, step));
        var (result, events) = await container.Harness.BackUpAsync(new BackupSettings { Mode = mode, Compress = CompressionKind.None }, (await container.GuestAsync()).Id.Value);
        Assert.True(result.Succeeded, events.Text);
        await container.AssertConsistentAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
        await RemoveGroupsAsync(container);
    }

    [Theory]
    [InlineData("dir", BackupMode.Suspend)]
    [InlineData("btrfs", BackupMode.Snapshot)]
    [InlineData("image", BackupMode.Snapshot)]
    public async Task A_container_whose_monitor_is_killed_while_its_archive_is_written_runs_again_the_task_says_so_and_the_archive_is_whole(string storage, BackupMode mode)
    {
        await using var container = await StartAsync(storage, fillMiB: 10);
        var monitor = await container.MonitorPidAsync();
        var events = new EventList();
        var running = container.Harness.Engine.RunAsync(EngineHarness.JobOf(new BackupSettings { Mode = mode, Compress = CompressionKind.None, BandwidthLimitKiB = 2048 }, (await container.GuestAsync()).Id.Value), events, TestContext.Current.CancellationToken);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 });

        await Shell.RunAsync("kill", "-KILL", $"{monitor}");

        var failed = Assert.IsType<TaskOutcome.Failed>(Assert.Single((await running).Tasks).Outcome);
        Assert.Contains("its archive was written", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("monitor was killed", failed.Reason, StringComparison.Ordinal);
        await container.GoesOnAsync();
        await container.AssertCleanAsync();
        await container.LongestPauseAsync();
        await container.AssertConsistentAsync(Assert.Single(Directory.EnumerateFiles(container.Harness.Dump, "*.tar")));
        await RemoveGroupsAsync(container);
    }

    [Fact]
    public async Task A_container_whose_monitor_is_killed_before_it_is_told_to_stop_runs_again_and_the_task_says_so()
    {
        await using var container = await StartAsync("dir");
        await File.WriteAllTextAsync(Path.Combine(container.Harness.Folder, "stop"), $"kill -KILL {await container.MonitorPidAsync()}; sleep 0.3", TestContext.Current.CancellationToken);

        var failed = await FailAsync(container, BackupMode.Stop);

        Assert.Contains("had ended before it was told to stop", failed, StringComparison.Ordinal);
        await container.LongestPauseAsync();
        await RemoveGroupsAsync(container);
    }

    [Theory]
    [InlineData("backup-start")]
    [InlineData("pre-stop")]
    [InlineData("pre-restart")]
    [InlineData("post-restart")]
    public async Task A_monitor_that_is_killed_around_the_standstill_is_told_and_the_container_runs_again(string phase)
    {
        await using var container = await StartAsync("dir");
        var hook = Path.Combine(container.Harness.Folder, "hook");
        await File.WriteAllTextAsync(hook, $"#!/bin/sh\n[ $1 = {phase} ] && kill -KILL {await container.MonitorPidAsync()} && sleep 0.3\nexit 0\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(hook, (UnixFileMode)0b111_101_101);

        var failed = await FailAsync(container, BackupMode.Suspend, new BackupSettings { Script = hook });

        Assert.True(failed.Contains("its monitor was killed", StringComparison.Ordinal) || failed.Contains("does not run", StringComparison.Ordinal), failed);
        await RemoveGroupsAsync(container);
    }

    [Fact]
    public async Task Without_room_for_the_copy_the_task_fails_and_says_what_to_do()
    {
        await using var container = await StartAsync("dir", fillMiB: 20);
        var temporary = Path.Combine(container.Harness.Folder, "small");
        await using var disk = await SmallDisk.MountAsync(temporary, mebibytes: 8);

        var failed = await FailAsync(container, BackupMode.Suspend, new BackupSettings { TemporaryFolder = temporary });

        Assert.Contains("There is no room for the copy", failed, StringComparison.Ordinal);
        Assert.Contains("tmpdir", failed, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(temporary), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dir", BackupMode.Suspend)]
    [InlineData("image", BackupMode.Snapshot)]
    public async Task Without_room_for_the_archive_the_task_fails_and_the_container_goes_on(string storage, BackupMode mode)
    {
        await using var container = await StartAsync(storage, fillMiB: 20);
        await using var disk = await SmallDisk.MountAsync(container.Harness.Dump, mebibytes: 12);

        var failed = await FailAsync(container, mode, new BackupSettings { TemporaryFolder = container.Harness.Folder });

        Assert.Contains("is full", failed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dir", BackupMode.Suspend)]
    [InlineData("btrfs", BackupMode.Snapshot)]
    [InlineData("image", BackupMode.Snapshot)]
    public async Task A_tar_that_is_killed_fails_the_task_and_nothing_stays(string storage, BackupMode mode)
    {
        await using var container = await StartAsync(storage, fillMiB: 10);
        var events = new EventList();
        var guest = await container.GuestAsync();
        var running = container.Harness.Engine.RunAsync(EngineHarness.JobOf(new BackupSettings { Mode = mode, Compress = CompressionKind.None, BandwidthLimitKiB = 1024 }, guest.Id.Value), events, TestContext.Current.CancellationToken);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 });

        await Shell.ShAsync($"pkill -KILL -f '^tar .*directory={container.Harness.Folder}'");

        var failed = Assert.IsType<TaskOutcome.Failed>(Assert.Single((await running).Tasks).Outcome);
        Assert.Contains("ended by signal 9", failed.Reason, StringComparison.Ordinal);
        await container.GoesOnAsync();
        await container.AssertCleanAsync();
    }

    [Fact]
    public async Task A_cancellation_while_the_container_stands_still_lets_it_go_on()
    {
        await using var container = await StartAsync("dir");
        await File.WriteAllTextAsync(Path.Combine(container.Harness.Folder, "final"), "touch $folder/frozen; sleep 60", TestContext.Current.CancellationToken);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = container.Harness.Engine.RunAsync(EngineHarness.JobOf(new BackupSettings { Mode = BackupMode.Suspend }, (await container.GuestAsync()).Id.Value), new EventList(), cancel.Token);
        await Until.TrueAsync(() => File.Exists(Path.Combine(container.Harness.Folder, "frozen")), "the container stands still");
        Assert.Equal(GuestStatus.Paused, (await container.StateAsync()).Status);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await container.GoesOnAsync();
        Assert.Equal(GuestStatus.Running, (await container.StateAsync()).Status);
        await container.AssertCleanAsync();
    }

    // What LXC leaves of a container whose monitor was killed.
    private static Task RemoveGroupsAsync(RecordingContainer container) =>
        Shell.ShAsync($"for c in /sys/fs/cgroup/*/lxc.*.{container.Name} /sys/fs/cgroup/*/lxc.*.{container.Name}-*; do [ -d $c ] && find $c -depth -type d -exec rmdir {{}} ';' 2>/dev/null || true; done");

    private static Task<RecordingContainer> StartAsync(string storage, int fillMiB = 0) => RecordingContainer.StartAsync("native", storage, fillMiB, programs: Programs);

    private static async Task<string> FailAsync(RecordingContainer container, BackupMode mode, BackupSettings? settings = null)
    {
        var (result, events) = await container.Harness.BackUpAsync((settings ?? new BackupSettings()) with { Mode = mode, Compress = CompressionKind.None }, (await container.GuestAsync()).Id.Value);

        var failed = Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome);
        Assert.True(await container.StatusAsync() == "RUNNING", events.Text);
        await container.GoesOnAsync();
        await container.AssertCleanAsync();
        return failed.Reason + "\n" + events.Text;
    }
}
