using VzDump.Engine.Configuration;
using VzDump.Engine.Guests.Qemu;

namespace VzDump.Tests.Engine.Guests;

public sealed class QemuDriveTests
{
    [Fact]
    public void A_drive_has_its_volume_storage_format_and_size() =>
        Assert.Equal(new QemuDrive("scsi0", "local:100/vm-100-disk-0.qcow2", "qcow2", "64M", null), One("scsi0: local:100/vm-100-disk-0.qcow2,size=64M,discard=on"));

    [Theory]
    [InlineData("none,media=cdrom", "CD-ROM")]
    [InlineData("cdrom", "CD-ROM")]
    [InlineData("local:iso/debian.iso,media=cdrom,size=600M", "CD-ROM")]
    [InlineData("local:100/vm-100-cloudinit.qcow2,media=cdrom", "CD-ROM")]
    [InlineData("local:100/vm-100-disk-0.raw,backup=0", "backup=0")]
    [InlineData("local:100/vm-100-disk-0.raw,backup=no", "backup=0")]
    [InlineData("local:100/vm-100-disk-0.raw,backup=off", "backup=0")]
    [InlineData("local:100/vm-100-disk-0.raw,backup=false", "backup=0")]
    [InlineData("local:100/vm-100-disk-0.raw,backup=1", null)]
    [InlineData("local:100/vm-100-disk-0.raw,media=disk", null)]
    public void CD_ROMs_and_drives_that_say_so_are_left_out_with_the_reason(string value, string? reason) => Assert.Equal(reason, One($"ide2: {value}").ExcludedBecause);

    [Theory]
    [InlineData("local:100/vm-100-disk-0.raw", "raw")]
    [InlineData("local:100/vm-100-disk-0.qcow2", "qcow2")]
    [InlineData("local:100/vm-100-disk-0.vmdk", "vmdk")]
    [InlineData("lvm:vm-100-disk-0", "raw")]
    [InlineData("/dev/sdb", "raw")]
    [InlineData("local:100/vm-100-disk-0.raw,format=qcow2", "qcow2")]
    [InlineData("format=qcow2,file=local:100/odd.raw", "qcow2")]
    public void The_format_is_the_one_given_else_that_of_the_name(string value, string format) => Assert.Equal(format, One($"virtio0: {value}").Format);

    [Theory]
    [InlineData("local:100/disk.raw", "local")]
    [InlineData("/dev/disk/by-id/x:y", "")]
    public void The_storage_is_the_part_before_the_colon_and_a_path_has_none(string value, string storage) => Assert.Equal(storage, One($"sata0: {value}").Storage);

    [Fact]
    public void Only_drives_of_the_guest_as_it_is_now_count_and_of_two_lines_the_last()
    {
        const string config = """
            scsi0: local:100/old.raw
            scsi0: local:100/new.raw
            efidisk0: local:100/efi.raw,size=528K
            tpmstate0: local:100/tpm.raw
            unused0: local:100/unused.raw
            scsihw: virtio-scsi-single
            scsi31: local:100/too-many.raw
            ide4: local:100/too-many.raw
            virtio-1: local:100/odd.raw
            scsi 1: local:100/odd.raw
            net0: virtio=AA:BB,bridge=vmbr0
            [snapshot]
            virtio0: local:100/then.raw
            """;

        Assert.Equal(["scsi0=local:100/new.raw", "efidisk0=local:100/efi.raw", "tpmstate0=local:100/tpm.raw"], QemuDrive.AllOf(GuestConfig.Parse(config)).Select(drive => $"{drive.Key}={drive.Volume}"));
    }

    private static QemuDrive One(string line) => Assert.Single(QemuDrive.AllOf(GuestConfig.Parse(line)));
}
