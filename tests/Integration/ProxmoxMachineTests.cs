using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Whole backups on a node of Proxmox VE, whose <c>qm</c> is played over a real QEMU.</summary>
public sealed class ProxmoxMachineTests(GuestKernel kernel)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_stop_mode_a_machine_is_up_again_before_its_archive_is_written_and_its_disks_are_of_the_shutdown()
    {
        await using var harness = HarnessOfNode();
        await using var guest = await MakeAsync(harness, dataMiB: 8);
        await guest.StartAsync();
        var first = guest.Pid;
        var config = await File.ReadAllTextAsync(guest.ConfigPath, Cancellation);

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.None, BandwidthLimitKiB = 2048, StopWaitMinutes = 4 }, 100);

        Assert.True(result.Succeeded, events.Text);
        using var restored = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
        var stored = restored.AssertOneMoment("virtio");
        Assert.NotEqual(first, guest.Pid);
        // The start was held until the disks were cut: what it began with is what lies in the archive.
        Assert.Equal(["start ", "start -S"], await File.ReadAllLinesAsync(Path.Combine(harness.Folder, "started"), Cancellation));
        await guest.AssertGoesOnAsync(events.Text);
        Assert.Contains($"GUEST UP {stored} ", guest.Console(), StringComparison.Ordinal);
        var lines = events.Lines.ToList();
        Assert.True(lines.FindIndex(line => line.Contains("guest is online again", StringComparison.Ordinal)) < lines.FindIndex(line => line.Contains("creating vzdump archive", StringComparison.Ordinal)), events.Text);
        // Nothing in the configuration holds its later starts.
        Assert.Equal(config, await File.ReadAllTextAsync(guest.ConfigPath, Cancellation));
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task A_machine_that_does_not_shut_down_keeps_running_and_its_configuration_is_as_it_was()
    {
        await using var harness = HarnessOfNode();
        await using var guest = await MakeAsync(harness, kernelOptions: "DEAF=1");
        await guest.StartAsync();
        var (first, config) = (guest.Pid, await File.ReadAllTextAsync(guest.ConfigPath, Cancellation));

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.None, StopWaitMinutes = 0 }, 100);

        Assert.Contains("could not be shut down", Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome).Reason, StringComparison.Ordinal);
        Assert.Equal((first, config), (guest.Pid, await File.ReadAllTextAsync(guest.ConfigPath, Cancellation)));
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Theory]
    [InlineData("freeze: 1", false)]
    [InlineData("freeze: 0", true)]
    public async Task What_a_killed_program_left_to_hold_a_start_is_taken_away_by_the_next(string line, bool stays)
    {
        await using var harness = HarnessOfNode();
        await using var guest = await MakeAsync(harness);
        var config = await File.ReadAllTextAsync(guest.ConfigPath, Cancellation);
        await File.WriteAllTextAsync(guest.ConfigPath, $"{config}\n{line}\n", Cancellation);

        await harness.Get<GuestInventory>().DriverOf(GuestKind.Qemu).UndoAsync(await guest.FindAsync(), [new GuestTrace(ProxmoxMachines.HoldTrace, guest.ConfigPath)], new Silent(), Cancellation);

        Assert.Equal(stays, (await File.ReadAllTextAsync(guest.ConfigPath, Cancellation)).Contains("freeze", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_running_machines_EFI_disk_and_TPM_state_are_in_its_archive_and_come_back_bit_by_bit()
    {
        await using var harness = HarnessOfNode();
        await using var guest = await MakeAsync(harness, config: "bios: ovmf\nefidisk0: local:100/vm-100-disk-5.raw,efitype=4m,size=528K\ntpmstate0: local:100/vm-100-disk-6.raw,size=4M,version=v2.0\n");
        await Shell.ShAsync($"cp /usr/share/OVMF/OVMF_VARS_4M.fd '{guest.Images}/vm-100-disk-5.raw'; head -c 4194304 /dev/urandom > '{guest.Images}/vm-100-disk-6.raw'");
        await PlayedProxmox.PlayAsync(harness, guest);
        await guest.StartAsync();
        var (live, said) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None }, 100);
        Assert.True(live.Succeeded, said.Text);
        using (var first = await RestoredMachine.FromAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(live.Tasks).Outcome).ArchivePath))
        {
            Assert.Equal(["drive-efidisk0", "drive-tpmstate0"], first.Devices.Take(2));
            first.AssertOneMoment("virtio");
        }

        // Its firmware writes to the EFI disk when it likes; now it stands still.
        var driver = harness.Get<GuestInventory>().DriverOf(GuestKind.Qemu);
        await driver.SuspendAsync(await guest.FindAsync(), Cancellation);

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.Zstd }, 100);

        Assert.True(result.Succeeded, events.Text);
        var engine = harness.Get<RestoreEngine>();
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        var plan = await engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777") }, Cancellation);
        Assert.IsType<TaskOutcome.Done>(await engine.RunAsync(plan, events, Cancellation));
        var restored = await File.ReadAllTextAsync(plan.ConfigPath, Cancellation);
        foreach (var (key, disk) in ((string, int)[])[("efidisk0", 5), ("tpmstate0", 6)])
        {
            var volume = plan.Volumes.Single(volume => volume.Key == key);
            Assert.Contains($"\n{key}: {volume.Id},", restored, StringComparison.Ordinal);
            await Shell.RunAsync("cmp", $"{guest.Images}/vm-100-disk-{disk}.raw", volume.Path);
        }

        await driver.ResumeAsync(await guest.FindAsync(), Cancellation);
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    private static EngineHarness HarnessOfNode()
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        return new EngineHarness(folder, proxmoxFolder: folder, programs: PlayedProxmox.ProgramsOf(folder));
    }

    private async Task<QemuGuest> MakeAsync(EngineHarness harness, int dataMiB = 4, string config = "", string kernelOptions = "")
    {
        var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: dataMiB, config: config, kernelOptions: kernelOptions);
        if (config.Length == 0)
        {
            await PlayedProxmox.PlayAsync(harness, guest);
        }

        return guest;
    }

    private sealed class Silent : ITaskLog
    {
        public void Info(string text)
        {
        }

        public void Warn(string text)
        {
        }
    }
}
