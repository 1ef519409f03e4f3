using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.Disks;

namespace VzDump.Tests.Engine.Browsing;

/// <summary>What is said to the reader of disks, and what it answers: both hold names of strangers.</summary>
public sealed class DiskWordTests
{
    [Theory]
    [InlineData("etc/hosts")]
    [InlineData(@"a\\b")]
    [InlineData(@"a\x1b[2J")]
    [InlineData(@"\xff\xfe")]
    [InlineData(@"größe \\x41")]
    [InlineData("")]
    public void The_bytes_of_a_path_are_those_it_was_made_of(string text)
    {
        Assert.True(MemberPath.TryParse(text, out var path));
        Assert.Equal(text, MemberPath.Of(path.ToBytes())!.Value.ToString());
    }

    [Fact]
    public void Nothing_in_a_name_ends_a_word_or_a_line()
    {
        Assert.Equal("""
            "/etc/a\x22\x20\x0aquit\x0a\x5c\x27"
            """, DiskWord.Of("/etc/a\" \nquit\n\\'"u8));
        Assert.Equal("""
            "'a\x20b' 'c' "
            """, DiskWord.Of([[.. "a b"u8], [.. "c"u8]]));
        Assert.All((string[])["a'b", "a\"b", "a\\b"], name => Assert.False(DiskWord.MayBeListed(System.Text.Encoding.UTF8.GetBytes(name))));
        Assert.True(DiskWord.MayBeListed("a b\n$HOME|<>~"u8));
    }

    [Fact]
    public void Only_lines_that_are_of_the_form_are_taken_for_file_systems() => Assert.Equal(
        [("/dev/sda1", "ext4"), ("/dev/vg-data/home", "xfs"), ("btrfsvol:/dev/sda2/root", "btrfs")],
        DiskVolume.Parse("/dev/sda1: ext4\n/dev/vg-data/home: xfs\nbtrfsvol:/dev/sda2/root: btrfs\n/dev/../etc a: ext4\nquit: ext4\n/dev/sda3: ext4 umount-all\n/dev/sda4:\nbtrfsvol:/dev/sda2/\"x: btrfs\n"));

    [Fact]
    public void Figures_of_files_are_read_and_one_that_is_gone_is_none()
    {
        Assert.True(MemberPath.TryParse("a", out var path));
        var blocks = DiskStat.Blocks("[0] = {\n  st_dev: 1\n  st_ino: 5\n  st_mode: 33188\n  st_uid: 7\n  st_gid: 8\n  st_size: -9\n  st_mtime_sec: 99999999999999999\n}\n[1] = {\n  st_dev: 0\n  st_ino: -1\n}\nname: st_ino: 4\n").ToList();

        Assert.Equal(2, blocks.Count);
        var entry = DiskStat.Entry(path, blocks[0])!;
        Assert.Equal((EntryKind.File, 0L, 0x1A4, 7L, 8L, 9999), (entry.Kind, entry.Size, entry.Mode, entry.User, entry.Group, entry.Modified!.Value.Year));
        Assert.Null(DiskStat.Entry(path, blocks[1]));
    }
}
