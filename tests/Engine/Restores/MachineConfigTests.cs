using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;

namespace VzDump.Tests.Engine.Restores;

public sealed class MachineConfigTests : IDisposable
{
    private static readonly GuestId Target = GuestId.Parse("777");
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    public MachineConfigTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "template/iso"));
        File.WriteAllText(Path.Combine(_folder, "template/iso/there.iso"), "");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_plain_machine_keeps_its_lines_in_order_with_new_volumes_and_their_true_sizes()
    {
        var (config, warnings) = await MakeAsync("""
            #first line of the description
            boot: order=scsi0
            efidisk0: local:100/vm-100-disk-1.raw,efitype=4m,pre-enrolled-keys=1,size=4M
            memory: 512
            name: web
            net0: virtio=BC:24:11:00:00:01,bridge=vmbr0
            scsi0: local:100/vm-100-disk-0.qcow2,discard=on,format=qcow2,iothread=1,size=1G
            tpmstate0: local:100/vm-100-disk-2.raw,size=4M,version=v2.0
            """, [("efidisk0", 540672), ("scsi0", 64 << 20), ("tpmstate0", 4 << 20)]);

        Assert.Equal("""
            #first line of the description
            boot: order=scsi0
            efidisk0: local:777/efidisk0.raw,efitype=4m,pre-enrolled-keys=1,size=528K
            memory: 512
            name: web
            net0: virtio=BC:24:11:00:00:01,bridge=vmbr0
            scsi0: local:777/scsi0.raw,discard=on,iothread=1,size=64M
            tpmstate0: local:777/tpmstate0.raw,version=v2.0,size=4M

            """, config);
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task Locks_parents_unused_volumes_old_maps_and_sections_are_dropped()
    {
        var (config, warnings) = await MakeAsync("""
            cores: 2
            lock: backup
            parent: before
            unused0: local:100/vm-100-disk-7.raw
            #vzdump#x
            #qmdump#map:scsi0:drive-scsi0:local:raw:
            [before]
            args: -device evil
            """);

        Assert.Equal("cores: 2\n", config);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("scsi1: local:100/vm-100-disk-1.raw,backup=0,size=8G")]
    [InlineData("virtio3: local:100/vm-100-disk-1.raw,backup=no")]
    [InlineData("sata0: /dev/sda")]
    [InlineData("ide0: /etc/shadow")]
    [InlineData("scsi5: local:500/vm-500-disk-0.raw")]
    [InlineData("scsi05: local:500/vm-500-disk-0.raw")]
    [InlineData("args: -drive file=/dev/sda")]
    [InlineData("args= -drive file=/dev/sda")]
    [InlineData("hookscript: local:snippets/evil.pl")]
    [InlineData("hostpci0: 0000:01:00,pcie=1")]
    [InlineData("usb0: host=1-2")]
    [InlineData("usb1: host=1d6b:0002,usb3=1")]
    [InlineData("usb2: spice,mapping=x")]
    [InlineData("serial0: /dev/ttyS0")]
    [InlineData("parallel0: /dev/parport0")]
    [InlineData("rng0: source=/dev/sda")]
    [InlineData("virtiofs0: dirid=home")]
    [InlineData("ivshmem: size=32,name=x")]
    [InlineData("cicustom: user=local:snippets/secrets.yml")]
    [InlineData("vmstate: local:100/vm-100-state-x.raw")]
    [InlineData("newthing: 1")]
    public async Task A_line_that_reaches_out_of_the_machine_becomes_a_comment(string line)
    {
        var (config, warnings) = await MakeAsync($"cores: 2\n{line}\n");

        Assert.Single(warnings);
        Assert.EndsWith("as a comment in the configuration.", warnings[0]);
        Assert.Equal(["cores"], GuestConfig.Parse(config).Entries.Select(entry => entry.Key));
        Assert.Contains("\n#", config, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("args: -drive file=/dev/sda")]
    [InlineData("hostpci0: 0000:01:00,pcie=1")]
    [InlineData("usb0: host=1-2")]
    [InlineData("sata0: /dev/sda")]
    [InlineData("hookscript: local:snippets/mine.pl")]
    [InlineData("ide2: cdrom,media=cdrom")]
    public async Task A_line_that_reaches_out_stays_when_the_replaced_machine_has_the_very_same(string line)
    {
        var same = await MakeAsync($"cores: 2\n{line}\n", replaced: $"cores: 4\n{line}\n");
        var onlyInSnapshot = await MakeAsync($"cores: 2\n{line}\n", replaced: $"cores: 4\n[old]\n{line}\n");

        Assert.Contains($"\n{line}\n", same.Config, StringComparison.Ordinal);
        Assert.Empty(same.Warnings);
        Assert.Single(onlyInSnapshot.Warnings);
    }

    [Theory]
    [InlineData("serial0: socket")]
    [InlineData("usb0: spice,usb3=yes")]
    [InlineData("rng0: source=/dev/urandom,max_bytes=1024,period=1000")]
    [InlineData("audio0: device=ich9-intel-hda,driver=spice")]
    [InlineData("numa0: cpus=0-1,memory=512")]
    [InlineData("ipconfig0: ip=dhcp")]
    [InlineData("template: 1")]
    [InlineData("ide2: none,media=cdrom")]
    [InlineData("ide2: local:iso/there.iso,media=cdrom,size=1M")]
    public async Task A_line_that_stays_inside_is_kept(string line)
    {
        var (config, warnings) = await MakeAsync(line);

        Assert.Equal(line + "\n", config);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("ide2: local:iso/gone.iso,media=cdrom")]
    [InlineData("ide2: nowhere:iso/there.iso,media=cdrom")]
    [InlineData("ide2: local:iso/../../there.iso,media=cdrom")]
    [InlineData("ide2: /etc/shadow,media=cdrom")]
    [InlineData("ide2: cdrom,media=cdrom")]
    [InlineData("ide2: local:500/vm-500-disk-0.raw,media=cdrom")]
    public async Task A_disc_that_is_not_here_leaves_the_drive_empty(string line)
    {
        var (config, warnings) = await MakeAsync(line);

        Assert.Equal("ide2: none,media=cdrom\n", config);
        Assert.Single(warnings);
    }

    [Fact]
    public async Task A_cloud_init_drive_belongs_to_the_new_machine()
    {
        var (config, warnings) = await MakeAsync("ide2: local:100/vm-100-cloudinit.qcow2,media=cdrom,size=4M");

        Assert.Equal("ide2: local:777/vm-777-cloudinit.qcow2,media=cdrom\n", config);
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task A_machine_gets_a_new_generation_id_unless_it_wants_none()
    {
        const string old = "11111111-2222-3333-4444-555555555555";

        var changed = GuestConfig.Parse((await MakeAsync($"vmgenid: {old}", replaced: $"vmgenid: {old}\n")).Config).Value("vmgenid");
        var none = await MakeAsync("vmgenid: 0");

        Assert.NotEqual(old, changed);
        Assert.True(Guid.TryParse(changed, out _));
        Assert.Equal("vmgenid: 0\n", none.Config);
    }

    [Fact]
    public async Task A_unique_machine_has_new_MAC_addresses_and_a_new_uuid_and_another_one_the_old()
    {
        const string text = "net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1\nnet1: model=e1000,macaddr=BC:24:11:00:00:02,bridge=vmbr0\nsmbios1: uuid=11111111-2222-3333-4444-555555555555,manufacturer=QWNtZQ==,base64=1\n";

        var (unique, _) = await MakeAsync(text, request: new RestoreRequest { ArchivePath = "/x", Target = Target, Unique = true }, replaced: text);
        var (same, _) = await MakeAsync(text);

        Assert.Equal(text, same);
        Assert.Matches(@"^net0: virtio=(?!BC:24:11:00:00:01)([0-9A-F]{2}:){5}[0-9A-F]{2},bridge=vmbr0,firewall=1\nnet1: model=e1000,macaddr=(?!BC:24:11:00:00:02)([0-9A-F]{2}:){5}[0-9A-F]{2},bridge=vmbr0\nsmbios1: uuid=(?!11111111)[0-9a-f-]{36},manufacturer=QWNtZQ==,base64=1\n$", unique);
    }

    [Fact]
    public async Task Name_memory_and_cores_can_be_given_anew()
    {
        var (config, _) = await MakeAsync("cores: 4\nmemory: 512\nballoon: 256\nname: old\nvcpus: 4\n", request: new RestoreRequest { ArchivePath = "/x", Target = Target, Name = "new", Memory = 1024, Cores = 2 });

        Assert.Equal("name: new\nmemory: 1024\ncores: 2\n", config);
    }

    [Fact]
    public async Task Of_two_lines_with_one_key_the_last_counts()
    {
        var (config, _) = await MakeAsync("scsi0: /dev/sda\nmemory: 1\nscsi0: local:100/vm-100-disk-0.raw,ssd=1\nmemory: 2\n", [("scsi0", 1536)]);

        Assert.Equal("scsi0: local:777/scsi0.raw,ssd=1,size=1536\nmemory: 2\n", config);
    }

    [Fact]
    public async Task An_unknown_option_of_a_drive_goes_and_a_second_file_does_not_come_through()
    {
        var (config, warnings) = await MakeAsync("scsi0: local:100/a.raw,file=/etc/shadow,import-from=/dev/sda,cache=none", [("scsi0", 512)]);

        Assert.Equal("scsi0: local:777/scsi0.raw,cache=none,size=512\n", config);
        Assert.Equal("The option 'import-from' of scsi0 is not known and is left out.", Assert.Single(warnings));
    }

    [Fact]
    public async Task Control_characters_and_the_mark_of_samples_do_not_come_through()
    {
        var (config, _) = await MakeAsync($"#vzdump-web sample guest\nname: a\u001bb\rargs: x\n# say\u0007\n");
        var (sample, _) = await MakeAsync("#vzdump-web sample guest\n", replaced: "#vzdump-web sample guest\n");

        Assert.Equal("name: a?b?args: x\n# say?\n", config);
        Assert.Equal("#vzdump-web sample guest\n", sample);
    }

    [Fact]
    public async Task Volumes_of_the_replaced_machine_that_the_archive_does_not_give_back_stay_as_unused()
    {
        var (config, warnings) = await MakeAsync("cores: 2\nscsi0: x:y", [("scsi0", 512)], kept: ["local:777/vm-777-disk-4.raw", "lvm:vm-777-disk-1"]);

        Assert.EndsWith("unused0: local:777/vm-777-disk-4.raw\nunused1: lvm:vm-777-disk-1\n", config);
        Assert.Equal(2, warnings.Count);
    }

    [Fact]
    public async Task A_disk_without_its_drive_is_refused() =>
        Assert.Contains("no such drive", (await Assert.ThrowsAsync<ProblemException>(() => MakeAsync("cores: 2", [("scsi0", 512)]))).Message, StringComparison.Ordinal);

    private async Task<(string Config, IReadOnlyList<string> Warnings)> MakeAsync(
        string archived, (string Key, long Size)[]? disks = null, string replaced = "", RestoreRequest? request = null, IReadOnlyList<string>? kept = null)
    {
        var file = Path.Combine(_folder, "storage.cfg");
        await File.WriteAllTextAsync(file, $"dir: local\n\tpath {_folder}\n\tcontent images,iso\n", TestContext.Current.CancellationToken);
        var storages = await StorageConfig.ReadAsync(file, TestContext.Current.CancellationToken);
        var volumes = (disks ?? []).ToDictionary(disk => disk.Key, disk => new NewVolume(disk.Key, $"local:777/{disk.Key}.raw", "/x", VolumeForm.RawImage, disk.Size));
        return new MachineConfig(request ?? new RestoreRequest { ArchivePath = "/x", Target = Target }, volumes, replaced, kept ?? [], new MachineDisc(storages, Target)).Make(archived);
    }
}
