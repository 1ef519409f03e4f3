using Bunit;
using VzDump.Engine.Guests;
using VzDump.Web.Archives;

namespace VzDump.Tests.bUnit;

public sealed class ArchiveTableTests : Page
{
    [Fact]
    public void Without_archives_it_says_how_to_make_one()
    {
        var table = Render<ArchiveTable>(with => with.Add(t => t.Archives, []));
        Assert.Contains("No archives yet", table.Markup);
        Assert.Equal("/guests", table.Find("a").GetAttribute("href"));
    }

    [Fact]
    public void A_filter_that_nothing_fits_can_be_left() =>
        Assert.Equal("/archives", Render<ArchiveTable>(with => with.Add(t => t.Archives, []).Add(t => t.IsFiltered, true)).Find("a").GetAttribute("href"));

    [Fact]
    public void A_row_tells_size_storage_format_notes_and_protection()
    {
        var row = Render<ArchiveTable>(with => with.Add(t => t.Archives, [Make.Archive(size: 3 << 20, storage: "nas", notes: "before the move", kept: true)])).Find("[data-testid=archive-row]");
        foreach (var text in new[] { "101", "3.00 MiB", "nas", "tar.zst", "before the move", "2026-08-22 12:00:00", "Protected" })
        {
            Assert.Contains(text, row.TextContent);
        }
    }

    [Fact]
    public void A_renamed_archive_shows_its_name_in_place_of_a_guest()
    {
        var row = Render<ArchiveTable>(with => with.Add(t => t.Archives, [Make.Archive() with { Guest = null, IsRenamed = true, Path = "/dump/kept.tar" }])).Find("[data-testid=archive-row]");
        Assert.Contains("kept.tar", row.TextContent);
        Assert.Contains("renamed", row.TextContent);
    }

    [Fact]
    public void Filters_work_together()
    {
        var archives = new[] { Make.Archive(101, notes: "old"), Make.Archive(101, TimeSpan.FromHours(1), "nas"), Make.Archive(100, kind: GuestKind.Qemu, storage: "nas") };
        Assert.Equal(2, new ArchiveFilter { Storage = "nas" }.Of(archives).Count);
        Assert.Single(new ArchiveFilter { Storage = "nas", Kind = "lxc" }.Of(archives));
        Assert.Single(new ArchiveFilter { Find = "OLD 101" }.Of(archives));
        Assert.Empty(new ArchiveFilter { Guest = "no number" }.Of(archives));
    }

    [Theory]
    [InlineData(ArchiveOrder.Newest, "100 101 102")]
    [InlineData(ArchiveOrder.Oldest, "102 101 100")]
    [InlineData(ArchiveOrder.Largest, "101 102 100")]
    [InlineData(ArchiveOrder.Guest, "100 101 102")]
    public void An_order_is_kept(ArchiveOrder order, string expected)
    {
        var archives = new[] { Make.Archive(102, TimeSpan.FromDays(9), size: 5), Make.Archive(100, size: 1), Make.Archive(101, TimeSpan.FromDays(2), size: 9) };
        Assert.Equal(expected, string.Join(' ', new ArchiveFilter { Order = order }.Of(archives).Select(archive => archive.Guest)));
    }
}
