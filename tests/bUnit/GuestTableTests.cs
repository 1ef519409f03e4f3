using Bunit;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;
using VzDump.Web.Guests;

namespace VzDump.Tests.bUnit;

public sealed class GuestTableTests : Page
{
    [Fact]
    public void A_node_without_guests_says_where_guests_come_from()
    {
        var table = Render<GuestTable>(with => with.Add(t => t.Rows, []));
        Assert.Contains("No guests here yet", table.Markup);
        Assert.Empty(table.FindAll("table"));
    }

    [Fact]
    public void A_filter_that_nothing_fits_is_not_taken_for_an_empty_node()
    {
        var table = Render<GuestTable>(with => with.Add(t => t.Rows, []).Add(t => t.IsFiltered, true));
        Assert.Contains("No guest fits the filter", table.Markup);
    }

    [Fact]
    public void A_guest_without_a_backup_says_so_and_one_with_shows_its_size()
    {
        var table = Render<GuestTable>(with => with.Add(t => t.Rows, [Make.Row(Make.Guest(100)), Make.Row(Make.Guest(101), Make.Archive(101, size: 3 << 20))]));
        Assert.Contains("none yet", table.Find("[data-guest='100']").TextContent);
        Assert.DoesNotContain("none yet", table.Find("[data-guest='101']").TextContent);
        Assert.Contains("3.00 MiB", table.Find("[data-guest='101']").TextContent);
    }

    [Fact]
    public void Backup_now_tells_the_guest_of_its_row_and_no_other()
    {
        IReadOnlyList<Guest>? asked = null;
        var table = Render<GuestTable>(with => with.Add(t => t.Rows, [Make.Row(Make.Guest(100)), Make.Row(Make.Guest(101))]).Add(t => t.MayRun, true).Add(t => t.Backup, guests => asked = guests));
        table.Find("[data-guest='101'] button").Click();
        Assert.Equal(101, Assert.Single(asked!).Id.Value);
    }

    [Fact]
    public void A_guest_that_is_being_backed_up_shows_how_far_and_cannot_be_asked_again()
    {
        var work = new GuestWork(Guid.NewGuid(), Make.Task(progress: new BackupProgress(25, 100, 1, 5)));
        var row = Render<GuestTable>(with => with.Add(t => t.Rows, [Make.Row(Make.Guest(), work: work)]).Add(t => t.MayRun, true)).Find("[data-guest='101']");
        Assert.Contains("Backing up, 25%", row.TextContent);
        Assert.Equal($"/runs/{work.Run}", row.QuerySelector(".bar-line")!.GetAttribute("href"));
        Assert.True(row.QuerySelector("button")!.HasAttribute("disabled"));
    }

    [Fact]
    public void A_lock_and_a_sample_are_marked()
    {
        var row = Render<GuestTable>(with => with.Add(t => t.Rows, [Make.Row(Make.Guest(sample: true), locked: "migrate")])).Find("[data-guest='101']");
        Assert.Contains("locked: migrate", row.TextContent);
        Assert.Equal("sample", row.QuerySelector(".tag")!.TextContent);
    }

    [Fact]
    public void The_box_in_the_head_picks_all_and_then_none()
    {
        IReadOnlySet<GuestId> picked = new HashSet<GuestId>();
        var table = Render<GuestTable>(with => with.Add(t => t.Rows, [Make.Row(Make.Guest(100)), Make.Row(Make.Guest(101))]).Add(t => t.MayRun, true).Add(t => t.PickedChanged, now => picked = now));
        table.Find("thead input").Change(true);
        Assert.Equal([100, 101], picked.Select(id => id.Value).Order());
        table.Render(with => with.Add(t => t.Picked, picked));
        table.Find("thead input").Change(false);
        Assert.Empty(picked);
    }

    [Fact]
    public void The_work_of_a_run_that_waits_is_found_by_what_it_was_asked_for()
    {
        var waiting = Make.Run(RunState.Queued);
        Assert.True(GuestBoard.WorkOn(Make.Id(101), [waiting])!.IsWaiting);
        Assert.Null(GuestBoard.WorkOn(Make.Id(102), [waiting]));
    }

    [Fact]
    public void The_run_that_works_on_a_guest_comes_before_one_that_will()
    {
        var working = Make.Run(RunState.Running, Make.Task());
        Assert.Equal(working.Id, GuestBoard.WorkOn(Make.Id(101), [Make.Run(RunState.Queued), working])!.Run);
    }

    [Fact]
    public void Who_may_only_look_has_nothing_to_press_and_nothing_to_pick()
    {
        var table = Render<GuestTable>(with => with.Add(t => t.Rows, [Make.Row(Make.Guest())]).Add(t => t.MayRun, false));
        Assert.NotEmpty(table.FindAll("[data-guest='101']"));
        Assert.Empty(table.FindAll("button"));
        Assert.Empty(table.FindAll("input"));
    }
}
