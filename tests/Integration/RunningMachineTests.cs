using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>A real guest that writes without pause, in a real QEMU.</summary>
public sealed class RunningMachineTests(GuestKernel kernel)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BackupMode.Snapshot, "virtio", "")]
    [InlineData(BackupMode.Snapshot, "scsi", ",iothread=1")]
    [InlineData(BackupMode.Suspend, "virtio", "")]
    public async Task All_disks_of_a_writing_guest_are_of_one_moment_and_it_goes_on_undisturbed(BackupMode mode, string bus, string options)
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, bus, options);
        await guest.StartAsync();
        await guest.WatchAsync();
        var before = 0L;
        for (var round = 0; round < 3; round++)
        {
            // Slow enough for the guest to write over what is not read yet.
            var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = mode, Compress = CompressionKind.None, BandwidthLimitKiB = 4096 }, 100);

            Assert.True(result.Succeeded, events.Text);
            using var restored = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
            Assert.Equal([$"drive-{bus}0", $"drive-{bus}1", $"drive-{bus}2", $"drive-{bus}3"], restored.Devices);
            var now = restored.AssertOneMoment(bus);
            Assert.True(now > before, $"{now} after {before}");
            before = now;
            Assert.Equal(await File.ReadAllBytesAsync($"{guest.Images}/vm-100-disk-3.raw", Cancellation), await File.ReadAllBytesAsync(restored.PathOf($"drive-{bus}3"), Cancellation));
            await guest.AssertGoesOnAsync(events.Text);
            await guest.AssertNothingLeftAsync(events.Text);
        }

        var pauses = await guest.PausesAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{mode}: stood still for {string.Join(", ", pauses.Select(pause => $"{pause.TotalMilliseconds:0.0} ms"))}");
        Assert.Equal(3, pauses.Count);
        // Milliseconds on a machine of one's own; what others do on this one is not the guest's.
        Assert.All(pauses, pause => Assert.InRange(pause, TimeSpan.Zero, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task In_stop_mode_a_guest_shuts_down_and_is_up_again_long_before_its_archive_is_written()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: 8);
        await guest.StartAsync();
        var first = guest.Pid;

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.None, BandwidthLimitKiB = 2048, StopWaitMinutes = 2 }, 100);

        Assert.True(result.Succeeded, events.Text);
        using var restored = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
        var stored = restored.AssertOneMoment("virtio");
        Assert.NotEqual(first, guest.Pid);
        // The number that it began with after its start is what lies in the archive: it did nothing between shutdown and cut.
        await guest.AssertGoesOnAsync(events.Text);
        Assert.Contains($"GUEST UP {stored} ", guest.Console(), StringComparison.Ordinal);
        var lines = events.Lines.ToList();
        Assert.True(lines.FindIndex(line => line.Contains("guest is online again", StringComparison.Ordinal)) < lines.FindIndex(line => line.Contains("creating vzdump archive", StringComparison.Ordinal)), events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task A_guest_that_does_not_heed_its_power_button_fails_the_backup_and_runs_on()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, kernelOptions: "DEAF=1");
        await guest.StartAsync();
        var first = guest.Pid;

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.None, StopWaitMinutes = 0 }, 100);

        Assert.Contains("still runs", Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome).Reason, StringComparison.Ordinal);
        Assert.Equal(first, guest.Pid);
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Theory]
    [InlineData(BackupMode.Snapshot)]
    [InlineData(BackupMode.Suspend)]
    [InlineData(BackupMode.Stop)]
    public async Task A_guest_that_its_owner_paused_stays_paused_and_its_disks_are_of_one_moment(BackupMode mode)
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel);
        await guest.StartAsync();
        var driver = harness.Get<GuestInventory>().DriverOf(GuestKind.Qemu);
        await driver.SuspendAsync(await guest.FindAsync(), Cancellation);
        await guest.WatchAsync();

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = mode, Compress = CompressionKind.None }, 100);

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal(GuestStatus.Paused, (await guest.StateAsync()).Status);
        // Not even for a moment did it go on.
        Assert.Empty(await guest.SeenAsync());
        using var restored = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
        restored.AssertOneMoment("virtio");
        await guest.AssertNothingLeftAsync(events.Text);
        await driver.ResumeAsync(await guest.FindAsync(), Cancellation);
        await guest.AssertGoesOnAsync(events.Text);
    }

    [Fact]
    public async Task A_template_and_what_is_linked_to_it_are_read_and_never_started()
    {
        await using var harness = new EngineHarness();
        var template = await TestMachine.MakeAsync(harness, 200, "memory: 512\ntemplate: 1\nscsi0: local:200/base-200-disk-0.qcow2,size=16M\n");
        var clone = await TestMachine.MakeAsync(harness, 201, "memory: 512\nscsi0: local:200/base-200-disk-0.qcow2/201/vm-201-disk-0.qcow2,size=16M\n");
        await Shell.ShAsync($"cd '{template.Images}'; qemu-img create -q -f qcow2 base-200-disk-0.qcow2 16M; qemu-io -f qcow2 -c 'write -P 65 1M 64k' base-200-disk-0.qcow2; chmod 444 base-200-disk-0.qcow2");
        await Shell.ShAsync($"cd '{clone.Images}'; qemu-img create -q -f qcow2 -F qcow2 -b ../200/base-200-disk-0.qcow2 vm-201-disk-0.qcow2; qemu-io -f qcow2 -c 'write -P 66 5M 64k' vm-201-disk-0.qcow2");

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None }, 200, 201);

        Assert.True(result.Succeeded, events.Text);
        foreach (var (task, image) in result.Tasks.Zip([$"{template.Images}/base-200-disk-0.qcow2", $"{clone.Images}/vm-201-disk-0.qcow2"]))
        {
            using var restored = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(task.Outcome).ArchivePath);
            await Shell.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", restored.PathOf("drive-scsi0"), image);
        }

        Assert.Empty(Directory.Exists(Path.Combine(harness.Folder, "run")) ? Directory.EnumerateFiles(Path.Combine(harness.Folder, "run")) : []);
        Assert.Empty(harness.Leftovers());
    }

    [Fact]
    public async Task A_stopped_machines_disks_of_every_format_are_read_without_starting_it()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, config: "unused0: local:100/vm-100-disk-7.raw\ntemplate: 1");
        await Shell.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 65 1M 64k", $"{guest.Images}/vm-100-disk-1.qcow2");

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None }, 100);

        Assert.True(result.Succeeded, events.Text);
        using var restored = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
        await Shell.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", restored.PathOf("drive-virtio1"), $"{guest.Images}/vm-100-disk-1.qcow2");
        await Shell.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", restored.PathOf("drive-virtio3"), $"{guest.Images}/vm-100-disk-3.raw");
        Assert.Equal(GuestStatus.Stopped, (await guest.StateAsync()).Status);
        Assert.Empty(harness.Leftovers());
        Assert.Contains("INFO: exclude disk 'unused0' 'local:100/vm-100-disk-7.raw' (unused by the machine)", events.Lines);
        Assert.Contains("INFO: exclude disk 'virtio4' 'local:100/vm-100-disk-9.raw' (backup=0)", events.Lines);
        Assert.Contains("INFO: exclude disk 'ide2' 'none' (CD-ROM)", events.Lines);
    }
}
