using VzDump.Engine.Configuration;

namespace VzDump.Tests.Engine.Configuration;

public sealed class GuestConfigTests
{
    private const string Text = """
        #first line of the description
        #second
        boot: order=scsi0
        cores: 2
        name: web
        parent: before
        scsi0: local:100/vm-100-disk-0.raw,size=64M
        unused0: local:100/vm-100-disk-1.raw
        #qmdump#map:scsi0:drive-scsi0:local:raw:

        [before]
        cores: 1
        lock: snapshot
        name: old

        """;

    [Fact]
    public void Only_what_stands_before_the_first_section_is_the_guest_as_it_is_now()
    {
        var config = GuestConfig.Parse(Text);

        Assert.Equal("web", config.Value("name"));
        Assert.Null(config.Value("lock"));
    }

    [Fact]
    public void Locking_and_unlocking_leaves_every_other_byte_alone()
    {
        var locked = GuestConfig.Parse(Text).WithLock("backup");

        Assert.Equal("backup", GuestConfig.Parse(locked).Value("lock"));
        Assert.Contains("#second\nlock: backup\nboot:", locked, StringComparison.Ordinal);
        Assert.Contains("lock: snapshot", locked, StringComparison.Ordinal);
        Assert.Equal(Text, GuestConfig.Parse(locked).WithoutLock());
    }

    [Fact]
    public void An_archives_config_has_no_snapshots_locks_unused_volumes_or_old_maps()
    {
        var text = GuestConfig.Parse(GuestConfig.Parse(Text).WithLock("backup")).ForArchive();

        Assert.Equal("#first line of the description\n#second\nboot: order=scsi0\ncores: 2\nname: web\nscsi0: local:100/vm-100-disk-0.raw,size=64M\n", text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("#only a comment")]
    [InlineData("cores: 1")]
    public void A_config_of_any_shape_can_be_locked(string text) => Assert.Equal("backup", GuestConfig.Parse(GuestConfig.Parse(text).WithLock("backup")).Value("lock"));
}
