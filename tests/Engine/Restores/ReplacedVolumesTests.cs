using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;

namespace VzDump.Tests.Engine.Restores;

public sealed class ReplacedVolumesTests : IDisposable
{
    private const string Config = """
        ide2: local:101/vm-101-cloudinit.qcow2,media=cdrom
        scsi0: local:101/vm-101-disk-0.raw,size=8G
        scsi1: local:101/vm-101-disk-1.raw,backup=0
        scsi2: /dev/sda
        scsi3: local:500/vm-500-disk-0.raw
        scsi4: lvm:vm-101-disk-9
        scsi5: local:100/base-100-disk-0.raw/101/vm-101-disk-5.qcow2
        unused0: local:101/vm-101-disk-3.raw
        [before]
        scsi0: local:101/vm-101-disk-0.raw,size=8G
        vmstate: local:101/vm-101-state-before.raw
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task What_the_archive_gives_back_goes_and_every_other_volume_of_the_machine_stays()
    {
        var old = await OfAsync(Config, ["scsi0", "scsi2", "scsi3"]);

        Assert.Equal(["local:101/vm-101-disk-0.raw"], old.Removes.Select(volume => volume.Id));
        Assert.Equal(
            ["local:101/vm-101-disk-1.raw", "lvm:vm-101-disk-9", "local:100/base-100-disk-0.raw/101/vm-101-disk-5.qcow2", "local:101/vm-101-disk-3.raw", "local:101/vm-101-state-before.raw"],
            old.Kept);
    }

    [Theory]
    [InlineData("scsi0: local:101/vm-101-disk-0.raw,shared=1")]
    [InlineData("scsi0: local:101/vm-101-disk-0.raw/102/vm-102-disk-0.qcow2")]
    public async Task A_volume_that_another_guest_uses_stays(string other)
    {
        var old = await OfAsync(Config, ["scsi0"], other);

        Assert.Empty(old.Removes);
        Assert.Contains("local:101/vm-101-disk-0.raw", old.Kept);
    }

    [Fact]
    public async Task Names_that_the_old_configuration_uses_are_known_even_when_their_files_are_lost() =>
        Assert.Contains("/srv/images/101/vm-101-disk-0.raw", (await OfAsync(Config, [])).Named);

    private async Task<ReplacedVolumes> OfAsync(string config, string[] restored, params string[] others)
    {
        await File.WriteAllTextAsync(_file, "dir: local\n\tpath /srv\n\nlvm: lvm\n\tvgname x\n", TestContext.Current.CancellationToken);
        return ReplacedVolumes.Of(config, GuestId.Parse("101"), restored.ToHashSet(), await StorageConfig.ReadAsync(_file, TestContext.Current.CancellationToken), others);
    }
}
