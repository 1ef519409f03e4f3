using System.Text.RegularExpressions;
using CsCheck;
using VzDump.Engine.Archives;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Engine.Archives;

public sealed class ArchiveNameTests
{
    private static readonly DateTime Time = new(2026, 8, 22, 3, 0, 7);

    [Theory]
    [InlineData(GuestKind.Lxc, CompressionKind.Zstd, "vzdump-lxc-101-2026_08_22-03_00_07.tar.zst", "vzdump-lxc-101-2026_08_22-03_00_07.tar.dat")]
    [InlineData(GuestKind.Lxc, CompressionKind.None, "vzdump-lxc-101-2026_08_22-03_00_07.tar", "vzdump-lxc-101-2026_08_22-03_00_07.dat")]
    [InlineData(GuestKind.Qemu, CompressionKind.Gzip, "vzdump-qemu-101-2026_08_22-03_00_07.vma.gz", "vzdump-qemu-101-2026_08_22-03_00_07.vma.dat")]
    [InlineData(GuestKind.Qemu, CompressionKind.Lzo, "vzdump-qemu-101-2026_08_22-03_00_07.vma.lzo", "vzdump-qemu-101-2026_08_22-03_00_07.vma.dat")]
    public void A_name_says_type_VMID_time_and_compression_and_is_read_back(GuestKind kind, CompressionKind compression, string name, string draft)
    {
        var made = ArchiveName.For(kind, GuestId.Parse("101"), Time, compression);

        Assert.Equal(name, made.FileName);
        Assert.Equal(draft, made.DraftName);
        Assert.Equal(made, ArchiveName.TryParse(name));
        Assert.True(ArchiveName.IsArchive(name));
        Assert.False(ArchiveName.IsArchive(draft));
    }

    [Theory]
    [InlineData("vzdump-lxc-101-2026_02_30-03_00_07.tar")] // no such day
    [InlineData("vzdump-lxc-99-2026_02_03-03_00_07.tar")]
    [InlineData("vzdump-lxc-before-upgrade.tar.zst")]
    [InlineData("vzdump-qemu-100-2026_02_03-03_00_07.vma.zst\n")]
    public void Every_other_name_is_a_renamed_archive_or_none(string name) => Assert.Null(ArchiveName.TryParse(name));

    [Theory]
    [InlineData("vzdump-lxc-before-upgrade.tar.zst", true)]
    [InlineData("vzdump-openvz-101-2010_02_03-03_00_07.tgz", true)]
    [InlineData("vzdump-qemu-100-2026_02_03-03_00_07.vma.bz2", true)]
    [InlineData("vzdump-qemu-100-2026_02_03-03_00_07.vma.zst.notes", false)]
    [InlineData("vzdump-qemu-100-2026_02_03-03_00_07.log", false)]
    [InlineData("backup.tar", false)]
    public void A_listing_shows_what_vzdump_would_show(string name, bool listed) => Assert.Equal(listed, ArchiveName.IsArchive(name));

    [Fact]
    public void Names_are_told_apart_as_by_vzdumps_pattern()
    {
        var pattern = new Regex(@"^vzdump-(lxc|openvz|qemu)-(.+?)(\.(tgz|(tar|vma)(\.(gz|lzo|zst|bz2))?))\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        string[] begins = ["", "vzdump-lxc-", "vzdump-qemu-101-2026_08_22-03_00_07"];
        string[] pieces = ["vzdump-", "lxc-", "qemu-", "openvz-", "101", "-", "99", "2026_08_22-03_00_07", "2026_13_22-03_00_07", ".", ".tar", ".vma", ".tgz", ".gz", ".zst", ".lzo", ".bz2", ".notes", "\n", " ", "٣"];
        var name = Gen.Select(Gen.Int[0, begins.Length - 1], Gen.Int[0, pieces.Length - 1].Array[0, 5], (begin, rest) => begins[begin] + string.Concat(rest.Select(index => pieces[index])));

        name.Sample(
            text =>
            {
                var match = pattern.Match(text);
                Assert.Equal(match.Success, ArchiveName.IsArchive(text));
                Assert.True(!match.Success || ArchiveName.StemOf(text) == text[..^match.Groups[3].Length]);
                Assert.True(ArchiveName.TryParse(text) is not { } read || (match.Success && text == $"vzdump-{match.Groups[1]}-{read.Guest}-{read.LocalTime:yyyy_MM_dd-HH_mm_ss}{read.Extension}"));
            },
            iter: 20_000);
    }
}
