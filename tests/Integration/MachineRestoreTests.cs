using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;
using static VzDump.Tests.Integration.Fixtures.TestMachine;

namespace VzDump.Tests.Integration;

/// <summary>Archives of machines become machines again, bit by bit, or nothing at all.</summary>
public sealed class MachineRestoreTests
{
    private const string Plain = "boot: order=scsi0\nmemory: 512\nname: web\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CompressionKind.None, VolumeForm.RawImage)]
    [InlineData(CompressionKind.Gzip, VolumeForm.Qcow2Image)]
    [InlineData(CompressionKind.Lzo, VolumeForm.RawImage)]
    [InlineData(CompressionKind.Zstd, VolumeForm.Qcow2Image)]
    [InlineData(CompressionKind.Zstd, null)]
    public async Task A_machine_restored_to_a_new_VMID_has_the_same_disks_bit_by_bit(CompressionKind compress, VolumeForm? form)
    {
        await using var harness = new EngineHarness();
        var machine = await MakeAsync(harness);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(harness.Folder, "firewall")).FullName, "200.fw"), "[OPTIONS]\nenable: 1\n", Cancellation);
        var archive = await ArchiveOfAsync(harness, 200, compress);

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777"), DiskForm = form, Name = "copy" });

        Assert.True(outcome is TaskOutcome.Done, events.Text);
        var restored = new TestMachine(harness, 777);
        await AssertSameAsync(machine, restored, disks: 5, form is VolumeForm.Qcow2Image ? "qcow2" : "raw");
        var config = await restored.TextAsync();
        Assert.Contains("name: copy\n", config, StringComparison.Ordinal);
        Assert.Contains($"virtio15: local:777/vm-777-disk-4.{(form is VolumeForm.Qcow2Image ? "qcow2" : "raw")},size=70000128\n", config, StringComparison.Ordinal);
        Assert.DoesNotContain("200", config, StringComparison.Ordinal);
        Assert.Equal("[OPTIONS]\nenable: 1\n", await File.ReadAllTextAsync(Path.Combine(harness.Folder, "firewall/777.fw"), Cancellation));
        Assert.Contains(events.All, value => value is BackupEvent.TaskProgressed { Progress.Fraction: 1 });
        Assert.Empty(harness.RestoreLeftovers());
        Assert.True(long.Parse(await Shell.ShAsync($"du -sk '{restored.Images}' | cut -f1")) < 12 * 1024, "holes were written");
    }

    [Fact]
    public async Task A_replaced_machine_has_the_archives_disks_and_its_old_ones_are_gone_but_for_those_that_were_not_backed_up()
    {
        await using var harness = new EngineHarness();
        var machine = await MakeAsync(harness);
        await File.WriteAllBytesAsync(machine.Disk(9), Noise(9, 8192), Cancellation);
        await File.AppendAllTextAsync(machine.Config, "sata3: local:200/vm-200-disk-9.raw,backup=0\nhostpci0: 01:00\n", Cancellation);
        var archive = await ArchiveOfAsync(harness, 200, CompressionKind.Zstd);
        await Shell.ShAsync($"mkdir '{harness.Folder}/before'; cp --sparse=always '{machine.Images}'/* '{harness.Folder}/before'; dd if=/dev/urandom of='{machine.Disk(0)}' bs=1M count=1 conv=notrunc status=none");

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("200"), Replace = true });

        Assert.True(outcome is TaskOutcome.Done, events.Text);
        Assert.Equal(["vm-200-disk-10.raw", "vm-200-disk-5.raw", "vm-200-disk-6.raw", "vm-200-disk-7.raw", "vm-200-disk-8.raw", "vm-200-disk-9.raw"], machine.Files());
        var config = await machine.TextAsync();
        Assert.Contains("unused0: local:200/vm-200-disk-9.raw\n", config, StringComparison.Ordinal);
        Assert.Contains("\n#sata3: ", config, StringComparison.Ordinal);
        Assert.Contains("\nhostpci0: 01:00\n", config, StringComparison.Ordinal);
        Assert.DoesNotContain("lock", config, StringComparison.Ordinal);
        // Names follow the order of the keys: efidisk0 is the third that was made.
        await Shell.ShAsync($"cmp '{harness.Folder}/before/vm-200-disk-0.raw' '{await PathAsync(machine, "scsi0")}'; cmp '{harness.Folder}/before/vm-200-disk-4.raw' <(head -c 70000000 '{await PathAsync(machine, "virtio15")}')");
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Theory]
    [InlineData(VolumeForm.RawImage)]
    [InlineData(VolumeForm.Qcow2Image)]
    public async Task Sixteen_drives_come_back(VolumeForm form)
    {
        await using var harness = new EngineHarness();
        var machine = await TestMachine.MakeAsync(harness, 200, Plain, [.. Enumerable.Range(0, 16).Select(number => ($"scsi{number}", number % 3 == 0 ? null : Noise(number, 100_000 * number), 512L * (1 + (number * 4001))))]);
        var archive = await ArchiveOfAsync(harness, 200, CompressionKind.Zstd);

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777"), DiskForm = form });

        Assert.True(outcome is TaskOutcome.Done, events.Text);
        await AssertSameAsync(machine, new TestMachine(harness, 777), 16, form is VolumeForm.RawImage ? "raw" : "qcow2");
    }

    [Fact]
    public async Task A_machine_without_disks_is_only_its_configuration()
    {
        await using var harness = new EngineHarness();
        await TestMachine.MakeAsync(harness, 200, Plain);
        var archive = await ArchiveOfAsync(harness, 200, CompressionKind.None);

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777") });

        Assert.True(outcome is TaskOutcome.Done, events.Text);
        Assert.Equal(Plain, await new TestMachine(harness, 777).TextAsync());
    }

    [Fact]
    public async Task A_full_storage_fails_the_restore_in_words_and_leaves_nothing()
    {
        await using var harness = new EngineHarness();
        await MakeAsync(harness);
        var archive = await ArchiveOfAsync(harness, 200, CompressionKind.Zstd);
        var small = Path.Combine(harness.Folder, "small");
        await using var disk = await SmallDisk.MountAsync(small, mebibytes: 4);
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"\ndir: small\n\tpath {small}\n\tcontent images\n", Cancellation);

        foreach (var form in (VolumeForm[])[VolumeForm.RawImage, VolumeForm.Qcow2Image])
        {
            var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777"), Storage = "small", DiskForm = form });

            Assert.Contains("The storage of the new volumes is full", Assert.IsType<TaskOutcome.Failed>(outcome).Reason, StringComparison.Ordinal);
            Assert.DoesNotContain(Directory.EnumerateFiles(small, "*", SearchOption.AllDirectories), path => path.Contains("777", StringComparison.Ordinal));
            Assert.False(File.Exists(new TestMachine(harness, 777).Config), events.Text);
        }

        Assert.Empty(harness.RestoreLeftovers());
    }

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Zstd)]
    public async Task A_cancelled_restore_leaves_the_old_machine_as_it_was_and_nothing_beside_it(CompressionKind compress)
    {
        await using var harness = new EngineHarness();
        var machine = await MakeAsync(harness);
        var archive = await ArchiveOfAsync(harness, 200, compress);
        var (files, config) = (await SumsAsync(machine), await machine.TextAsync());
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var engine = harness.Get<RestoreEngine>();
        var plan = await engine.PlanAsync(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("200"), Replace = true, BandwidthLimit = BandwidthLimit.FromKiB(1024) }, Cancellation);

        var running = engine.RunAsync(plan, events, cancel.Token);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.WrittenBytes: > 1024 * 1024 });
        Assert.Contains("lock: backup\n", await machine.TextAsync(), StringComparison.Ordinal);
        await cancel.CancelAsync();

        Assert.IsType<TaskOutcome.Cancelled>(await running);
        Assert.Equal(config, await machine.TextAsync());
        Assert.Equal(files, await SumsAsync(machine));
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Lzo)]
    [InlineData(CompressionKind.Zstd)]
    public async Task A_cut_archive_fails_the_restore_and_leaves_the_old_machine_as_it_was(CompressionKind compress)
    {
        await using var harness = new EngineHarness();
        var machine = await MakeAsync(harness);
        var archive = await ArchiveOfAsync(harness, 200, compress);
        var (files, config) = (await SumsAsync(machine), await machine.TextAsync());
        var whole = await File.ReadAllBytesAsync(archive, Cancellation);
        foreach (var keep in (double[])[0.3, 0.9, 0.9999])
        {
            await File.WriteAllBytesAsync(archive, whole, Cancellation);
            await using (var file = File.OpenWrite(archive))
            {
                file.SetLength((long)(file.Length * keep));
            }

            var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("200"), Replace = true });

            Assert.StartsWith("The archive is damaged or ", Assert.IsType<TaskOutcome.Failed>(outcome).Reason, StringComparison.Ordinal);
            Assert.Equal(config, await machine.TextAsync());
            Assert.Equal(files, await SumsAsync(machine));
            Assert.Empty(harness.RestoreLeftovers());
        }
    }

    [Fact]
    public async Task A_failed_restore_does_not_become_the_disk_that_the_old_machine_has_lost()
    {
        await using var harness = new EngineHarness();
        var machine = await MakeAsync(harness);
        var archive = await ArchiveOfAsync(harness, 200, CompressionKind.None);
        File.Delete(machine.Disk(0));
        var (files, config) = (machine.Files().ToList(), await machine.TextAsync());
        await using (var file = File.OpenWrite(archive))
        {
            file.SetLength(file.Length - 1);
        }

        var (outcome, events) = await RestoreAsync(harness, new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("200"), Replace = true });

        Assert.True(outcome is TaskOutcome.Failed, events.Text);
        Assert.Equal(files, machine.Files());
        Assert.Equal(config, await machine.TextAsync());
    }

    [Fact]
    public async Task A_protected_machine_and_an_unknown_storage_are_refused_in_words()
    {
        await using var harness = new EngineHarness();
        var machine = await MakeAsync(harness);
        var archive = await ArchiveOfAsync(harness, 200, CompressionKind.None);
        await File.AppendAllTextAsync(machine.Config, "protection: 1\n", Cancellation);
        var engine = harness.Get<RestoreEngine>();

        Task Plan(RestoreRequest request) => engine.PlanAsync(request, Cancellation);
        Assert.Contains("protected", (await Assert.ThrowsAsync<ProblemException>(() => Plan(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("200"), Replace = true }))).Message, StringComparison.Ordinal);
        Assert.Contains("'nowhere'", (await Assert.ThrowsAsync<ProblemException>(() => Plan(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777"), Storage = "nowhere" }))).Message, StringComparison.Ordinal);
        Assert.Contains("is no name", (await Assert.ThrowsAsync<ProblemException>(() => Plan(new RestoreRequest { ArchivePath = archive, Target = GuestId.Parse("777"), Name = "a b" }))).Message, StringComparison.Ordinal);
    }

    // An empty disk, data amid a hole, an EFI disk of 528 KiB, an odd number of bytes, and noise from end to end.
    private static async Task<TestMachine> MakeAsync(EngineHarness harness)
    {
        return await TestMachine.MakeAsync(
            harness,
            200,
            Plain,
            ("scsi0", Noise(1, 3_000_000), 64 << 20),
            ("scsi1", null, 96 << 20),
            ("efidisk0", Noise(2, 540672), 540672),
            ("ide0", Noise(3, 66_000), 66_000),
            ("virtio15", Noise(4, 2_000_000), 70_000_000));
    }

    // The archive's disks are in the order of their keys.
    private static async Task AssertSameAsync(TestMachine machine, TestMachine restored, int disks, string format)
    {
        for (var number = 0; number < disks; number++)
        {
            var key = (await machine.TextAsync()).Split('\n').First(line => line.Contains($"-disk-{number}.raw", StringComparison.Ordinal)).Split(':')[0];
            var path = await PathAsync(restored, key);
            Assert.EndsWith(format, path);
            if (format == "qcow2")
            {
                await Shell.RunAsync("qemu-img", "check", path);
            }

            // A disk that was no multiple of 512 bytes ends in zeros now.
            await Shell.ShAsync($"cp --sparse=always '{machine.Disk(number)}' '{restored.Images}/.was'; truncate -s %512 '{restored.Images}/.was'; qemu-img compare -f raw -F {format} '{restored.Images}/.was' '{path}'; rm '{restored.Images}/.was'");
        }
    }

    private static async Task<string> PathAsync(TestMachine machine, string key)
    {
        // e.g. scsi0: local:777/vm-777-disk-1.raw,size=64M
        var line = (await machine.TextAsync()).Split('\n').First(line => line.StartsWith($"{key}: ", StringComparison.Ordinal));
        return Path.Combine(machine.Images, line.Split('/')[1].Split(',')[0]);
    }

    private static Task<string> SumsAsync(TestMachine machine) => Shell.ShAsync($"cd '{machine.Images}' && sha256sum *");

    private static async Task<string> ArchiveOfAsync(EngineHarness harness, int guest, CompressionKind compress)
    {
        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(compress), guest);
        return result.Tasks[0].Outcome is TaskOutcome.Done done ? done.ArchivePath : throw new InvalidOperationException(events.Text);
    }

    private static async Task<(TaskOutcome Outcome, EventList Events)> RestoreAsync(EngineHarness harness, RestoreRequest request)
    {
        var events = new EventList();
        var engine = harness.Get<RestoreEngine>();
        return (await engine.RunAsync(await engine.PlanAsync(request, Cancellation), events, Cancellation), events);
    }
}
