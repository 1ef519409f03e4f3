using CsCheck;
using VzDump.Engine;
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
        Assert.Equal(Text, GuestConfig.Parse(locked).With("lock", null).ToString());
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

    private const string WithSections = "#Caf%C3%A9%3A 100%25\n#second line\ncores: 2\nmp0: local:101/disk,mp=/data,backup=1\nunused1: local:x\n\n[PENDING]\ncores: 4\ndelete: mp0\n\n[before]\n#old\ncores: 1\nparent: first\nsnaptime: 1700000000\n\n[first]\ncores: 1\n\n[special:cloudinit]\nname: x\n";

    [Fact]
    public void Description_pending_changes_and_snapshots_are_read()
    {
        var config = GuestConfig.Parse(WithSections);

        Assert.Equal("Café: 100%\nsecond line", config.Description);
        Assert.Equal("2", config.Value("cores"));
        Assert.Equal([new("cores", "4"), new("delete", "mp0")], config.PendingEntries);
        Assert.Equal(["before", "first"], config.Snapshots);
        Assert.Contains(new("parent", "first"), config.Sections.Single(section => section.Name == "before").Entries);
    }

    [Fact]
    public void A_changed_value_changes_its_line_only()
    {
        var config = GuestConfig.Parse(WithSections);

        Assert.Equal(WithSections.Replace("cores: 2", "cores: 8", StringComparison.Ordinal), config.With("cores", "8").ToString());
        Assert.Equal(WithSections.Replace("unused1: local:x\n", "unused1: local:x\nname: web\n", StringComparison.Ordinal), config.With("name", "web").ToString());
        Assert.Equal(WithSections.Replace("cores: 2\n", "", StringComparison.Ordinal), config.With("cores", null).ToString());
        Assert.Equal("name: web\n", GuestConfig.Parse("").With("name", "web").ToString());
        Assert.Equal("name: web\n[s]\ncores: 1\n", GuestConfig.Parse("[s]\ncores: 1\n").With("name", "web").ToString());
        Assert.Throws<ProblemException>(() => config.With("name", "web\n[x]"));
    }

    [Fact]
    public void A_config_that_was_not_changed_is_written_as_it_was_and_a_changed_one_reads_back() => Gen.Select(FileText.Any, Gen.Int[0, 99]).Sample(
        (text, number) =>
        {
            var config = GuestConfig.Parse(text);
            var changed = config.With("cores", $"{number}");

            Assert.Equal(text, config.ToString());
            Assert.Equal($"{number}", changed.Value("cores"));
            Assert.Equal(config.Entries.Where(entry => entry.Key != "cores"), changed.Entries.Where(entry => entry.Key != "cores"));
            Assert.Equal(config.Sections.Select(section => section.Name), changed.Sections.Select(section => section.Name));
            Assert.Null(changed.With("cores", null).Value("cores"));
            Assert.Equal(config.Description, changed.Description);
        },
        iter: 3000);
}
