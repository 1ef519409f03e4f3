using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;

namespace VzDump.Tests.Engine.Guests;

public sealed class MachineCommandLineTests
{
    [Fact]
    public void A_machine_gets_its_memory_processors_and_disks()
    {
        var line = Line("""
            cores: 2
            sockets: 2
            vcpus: 3
            memory: 2048
            machine: q35
            scsihw: virtio-scsi-single
            boot: order=scsi0;ide2
            agent: enabled=1,freeze-fs-on-backup=1
            scsi0: local:100/vm-100-disk-0.qcow2,size=4G,iothread=1,discard=on
            virtio1: /srv/a.raw
            sata2: local:100/vm-100-disk-2.raw
            ide2: none,media=cdrom
            """);

        Assert.Contains("-smp 3,sockets=2,cores=2,maxcpus=4 ", line, StringComparison.Ordinal);
        Assert.Contains("-m 2048 ", line, StringComparison.Ordinal);
        Assert.Contains("-machine q35 -accel kvm -accel tcg ", line, StringComparison.Ordinal);
        Assert.Contains("file=/vol/local:100/vm-100-disk-0.qcow2,format=qcow2,cache=none,aio=threads,discard=on,detect-zeroes=unmap ", line, StringComparison.Ordinal);
        Assert.Contains("-object iothread,id=iothread-scsi0 -device virtio-scsi-pci,id=virtioscsi0,iothread=iothread-scsi0 ", line, StringComparison.Ordinal);
        Assert.Contains("scsi-hd,bus=virtioscsi0.0,channel=0,scsi-id=0,lun=0,drive=drive-scsi0,id=scsi0,bootindex=100", line, StringComparison.Ordinal);
        // A comma in a name does not become an option.
        Assert.Contains("-name one,,two,debug-threads=on ", line, StringComparison.Ordinal);
        Assert.Contains("-device virtio-blk-pci,drive=drive-virtio1,id=virtio1", line, StringComparison.Ordinal);
        Assert.Contains("ide-hd,bus=ahci0.2,drive=drive-sata2,id=sata2", line, StringComparison.Ordinal);
        Assert.Contains("id=drive-ide2,media=cdrom -device ide-cd,bus=ide.2,unit=0,drive=drive-ide2,id=ide2,bootindex=101", line, StringComparison.Ordinal);
        Assert.Contains("name=org.qemu.guest_agent.0", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hostpci0: 01:00.0", "'hostpci0'")]
    [InlineData("usb0: host=1-2", "'usb0'")]
    [InlineData("tpmstate0: local:100/vm-100-disk-9.raw,size=4M,version=v2.0", "'tpmstate0'")]
    [InlineData("numa: 1", "'numa'")]
    [InlineData("rng0: source=/dev/urandom", "'rng0'")]
    [InlineData("memory: lots", "memory: lots")]
    [InlineData("cores: 0", "cores: 0")]
    [InlineData("scsihw: new-one\nscsi0: local:100/a.raw", "scsihw: new-one")]
    [InlineData("net0: virtio=BC:24:11:00:00:01,bridge=nobridge9", "no network bridge 'nobridge9'")]
    public void What_cannot_be_made_here_is_refused_and_named(string config, string named) =>
        Assert.Contains(named, Assert.Throws<ProblemException>(() => Line(config)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_only_Proxmox_needs_does_not_keep_a_machine_from_starting() =>
        Assert.Contains("-cpu max ", Line("onboot: 1\nostype: l26\ntags: a;b\nnuma: 0\nvmgenid: 1\nmeta: creation-qemu=8\nballoon: 0\ncpu: x86-64-v2-AES\n\n[before]\nhostpci0: 01:00.0"), StringComparison.Ordinal);

    [Theory]
    [InlineData("-device foo,a=1 -append \"a b\"", "-device|foo,a=1|-append|a b")]
    [InlineData("  'one two'  three\\ four '' ", "one two|three four|")]
    [InlineData("a$(b) `c`", "a$(b)|`c`")]
    public void Arguments_are_split_as_a_shell_would_and_nothing_is_expanded(string text, string words) =>
        Assert.Equal(words.Split('|'), MachineCommandLine.Words(text));

    private static string Line(string config)
    {
        var files = new MachineFiles(new NodePaths(Options.Create(new EngineOptions { DataFolder = "/data", QemuRunFolder = "/run/test" })));
        var guest = new Guest { Id = GuestId.Parse("100"), Kind = GuestKind.Qemu, Name = "one,two", ConfigPath = "/data/100.conf" };
        return string.Join(' ', new MachineCommandLine(guest, GuestConfig.Parse(config), files, volume => $"/vol/{volume}", withKvm: true).Build()) + " ";
    }
}
