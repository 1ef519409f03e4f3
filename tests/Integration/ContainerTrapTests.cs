using System.Diagnostics;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Host;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>What silently breaks a naive backup of a container, each with its remedy.</summary>
public sealed class ContainerTrapTests
{
    private const string Map = "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_within_the_second_of_the_first_copy_that_keeps_the_size_is_in_the_second()
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        await Shell.ShAsync($"mkdir '{folder}/tree'; echo before > '{folder}/tree/file'; touch -d '2026-11-22 03:00:00.1' '{folder}/tree/file'");
        await CopyAsync("--sparse");
        await Shell.ShAsync($"echo behind > '{folder}/tree/file'; touch -d '2026-11-22 03:00:00.9' '{folder}/tree/file'");

        await CopyAsync("--inplace");

        Assert.Equal("behind\n", await File.ReadAllTextAsync(Path.Combine(folder, "copy/file"), Cancellation));
        Directory.Delete(folder, recursive: true);

        Task CopyAsync(string writing) => new HostPrograms().DoAsync(
            new HostCommand("rsync", TreeCopy.Arguments($"{folder}/tree", [new ContainerVolume("rootfs", "/", new VolumeSource.Folder("/"))], $"{folder}/copy", writing, [], default)), Cancellation);
    }

    [Fact]
    public async Task Folders_of_the_host_that_are_mounted_in_the_container_are_not_copied_even_from_the_same_file_system()
    {
        var foreign = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(foreign, "secret"), "of the host", Cancellation);
        await using var container = await RecordingContainer.StartAsync("native", "dir", moreConfig: $"lxc.mount.entry = {foreign} mnt/host none bind 0 0");

        var archive = await BackUpAsync(container, BackupMode.Suspend);

        var list = await Shell.RunAsync("tar", "tf", archive);
        Assert.Contains("./mnt/host/\n", list, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", list, StringComparison.Ordinal);
        await container.AssertConsistentAsync(archive);
        Directory.Delete(foreign, recursive: true);
    }

    [Fact]
    public async Task A_container_that_was_stopped_has_let_go_of_its_image()
    {
        await using var container = await RecordingContainer.StartAsync("native", "image");
        var driver = container.Harness.Get<GuestInventory>().DriverOf(GuestKind.Lxc);
        for (var turn = 0; turn < 3; turn++)
        {
            var monitor = await container.MonitorPidAsync();

            await driver.StopAsync(await container.GuestAsync(), TimeSpan.FromSeconds(20), Cancellation);

            Assert.False(ProcessTable.StartTime(monitor) is { } started && ProcessTable.IsAlive(monitor, started));
            Assert.DoesNotContain(container.Volumes, await Shell.ShAsync("losetup -l --noheadings -O BACK-FILE"), StringComparison.Ordinal);
            await container.StartAsync();
        }
    }

    [Fact]
    public async Task A_frozen_container_is_stopped_without_waiting_the_whole_time()
    {
        await using var container = await RecordingContainer.StartAsync("native", "dir");
        var driver = container.Harness.Get<GuestInventory>().DriverOf(GuestKind.Lxc);
        var guest = await container.GuestAsync();
        await driver.SuspendAsync(guest, Cancellation);
        Assert.Equal(GuestStatus.Paused, await driver.StatusAsync(guest, Cancellation));
        var watch = Stopwatch.StartNew();

        await driver.StopAsync(guest, TimeSpan.FromMinutes(2), Cancellation);

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
        Assert.Equal(GuestStatus.Stopped, await driver.StatusAsync(guest, Cancellation));
        await container.StartAsync();
    }

    [Theory]
    [InlineData("dir", BackupMode.Stop)]
    [InlineData("dir", BackupMode.Suspend)]
    [InlineData("btrfs", BackupMode.Snapshot)]
    [InlineData("image", BackupMode.Stop)]
    [InlineData("image", BackupMode.Suspend)]
    [InlineData("image", BackupMode.Snapshot)]
    public async Task An_unprivileged_containers_archive_has_the_ids_that_it_sees(string storage, BackupMode mode)
    {
        await Shell.ShAsync("for f in /etc/subuid /etc/subgid; do grep -q '^root:100000:' $f 2>/dev/null || echo 'root:100000:65536' >> $f; done");
        await using var container = await RecordingContainer.StartAsync("native", storage, moreConfig: Map, owner: "100000");

        var archive = await BackUpAsync(container, mode);

        var list = await Shell.RunAsync("tar", "tvf", archive, "--numeric-owner");
        Assert.Contains(list.Split('\n'), line => line.Contains(" 0/0 ", StringComparison.Ordinal) && line.EndsWith("./sbin/init", StringComparison.Ordinal));
        Assert.DoesNotContain("100000/", list, StringComparison.Ordinal);
        await container.AssertConsistentAsync(archive);
        await container.AssertCleanAsync();
    }

    [Theory]
    [InlineData(BackupMode.Stop)]
    [InlineData(BackupMode.Suspend)]
    public async Task An_overlays_archive_is_what_the_container_sees(BackupMode mode)
    {
        await using var container = await RecordingContainer.StartAsync("native", "overlay");

        var archive = await BackUpAsync(container, mode);

        await container.AssertConsistentAsync(archive);
        var list = await Shell.RunAsync("tar", "tf", archive);
        Assert.Contains("./bin/busybox\n", list, StringComparison.Ordinal);
        Assert.Contains("./sbin/init\n", list, StringComparison.Ordinal);
    }

    private static async Task<string> BackUpAsync(RecordingContainer container, BackupMode mode)
    {
        var (result, events) = await container.Harness.BackUpAsync(new BackupSettings { Mode = mode, Compress = CompressionKind.None }, (await container.GuestAsync()).Id.Value);
        Assert.True(result.Succeeded, events.Text);
        await container.GoesOnAsync();
        return Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
    }
}
