using VzDump.Engine;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Restores;

namespace VzDump.Tests.Engine.Restores;

public sealed class DriveMapTests
{
    private static readonly VmaDevice Disk = new(1, "drive-scsi0", 512);

    [Fact]
    public void Every_device_has_its_line_and_a_memory_state_needs_none()
    {
        var drives = DriveMap.Of("cores: 1\n#qmdump#map:scsi0:drive-scsi0:local:qcow2:\n#qmdump#map:tpmstate0:drive-tpmstate0-backup:::\n", [Disk, new(2, "vmstate", 65536), new(3, "drive-tpmstate0-backup", 512)]);

        Assert.Equal([("scsi0", 1, "local", "qcow2"), ("tpmstate0", 3, "", "")], drives.Select(drive => (drive.Key, drive.Device.StreamId, drive.Storage, drive.Format)));
    }

    [Theory]
    [InlineData("cores: 1")]
    [InlineData("#qmdump#map:scsi1:drive-scsi1:local:raw:")]
    [InlineData("#qmdump#map:scsi0:drive-scsi0:local:raw:\n#qmdump#map:scsi1:drive-scsi1:local:raw:")]
    [InlineData("#qmdump#map:scsi0:drive-scsi0:local:raw:\n#qmdump#map:scsi1:drive-scsi0:local:raw:")]
    [InlineData("#qmdump#map:scsi0:drive-scsi0:local:raw:\n#qmdump#map:scsi0:drive-scsi0:local:raw:")]
    [InlineData("#qmdump#map:scsi0:drive-scsi0:local:raw")]
    [InlineData("#qmdump#map:scsi0:drive-scsi0")]
    [InlineData("#qmdump#map:scsi00:drive-scsi0:local:raw:")]
    [InlineData("#qmdump#map:scsi99:drive-scsi0:local:raw:")]
    [InlineData("#qmdump#map:args:drive-scsi0:local:raw:")]
    [InlineData("#qmdump#map:scsi0::local:raw:")]
    public void A_map_that_does_not_fit_is_refused_in_a_sentence(string config) =>
        Assert.EndsWith(".", Assert.Throws<ProblemException>(() => DriveMap.Of(config, [Disk])).Message);

    [Fact]
    public void The_format_is_the_lines_unless_another_is_chosen_and_a_TPM_is_always_raw()
    {
        Assert.Equal(VolumeForm.Qcow2Image, new MappedDrive("scsi0", Disk, "", "qcow2").FormOf(null));
        Assert.Equal(VolumeForm.RawImage, new MappedDrive("scsi0", Disk, "", "qcow2").FormOf(VolumeForm.RawImage));
        Assert.Equal(VolumeForm.RawImage, new MappedDrive("scsi0", Disk, "", "vmdk").FormOf(null));
        Assert.Equal(VolumeForm.RawImage, new MappedDrive("tpmstate0", Disk, "", "qcow2").FormOf(VolumeForm.Qcow2Image));
    }
}
