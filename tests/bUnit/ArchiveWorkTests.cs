using Bunit;
using MudBlazor;
using VzDump.Engine.Archives;
using VzDump.Engine.Retention;
using VzDump.Web.Archives;

namespace VzDump.Tests.bUnit;

public sealed class ArchiveWorkTests : Page
{
    [Fact]
    public void A_viewer_sees_archives_and_can_change_none()
    {
        var table = Render<ArchiveTable>(with => with.Add(t => t.Archives, [Make.Archive()]));
        Assert.Empty(table.FindAll("input[type=checkbox]"));
    }

    [Fact]
    public void Ticks_pick_archives_and_the_one_on_top_picks_all()
    {
        IReadOnlySet<string> picked = new HashSet<string>();
        var archives = new[] { Make.Archive(101), Make.Archive(102) };
        var table = Render<ArchiveTable>(with => with.Add(t => t.Archives, archives).Add(t => t.MayRun, true).Add(t => t.PickedChanged, now => picked = now));
        table.FindAll("tbody input")[1].Change(true);
        Assert.Equal([archives[1].Path], picked);
        table.Find("thead input").Change(true);
        Assert.Equal(2, picked.Count);
    }

    [Fact]
    public void Lines_that_differ_stand_side_by_side()
    {
        var lines = ConfigComparison.Of("cores: 2\nmemory: 512\nold: 1\n", "cores: 4\nmemory: 512\nnew: 1");
        Assert.Equal([new("cores: 2", "cores: 4"), new("memory: 512", "memory: 512"), new("old: 1", null), new ComparedLine(null, "new: 1")], lines);
    }

    [Fact]
    public void Keys_that_come_several_times_are_not_mixed_up() => Assert.Equal(
        [new("lxc.idmap = u 0 1 2", "lxc.idmap = u 0 1 2"), new("lxc.idmap = g 0 1 2", "lxc.idmap = g 0 9 2")],
        ConfigComparison.Of("lxc.idmap = u 0 1 2\nlxc.idmap = g 0 1 2", "lxc.idmap = u 0 1 2\nlxc.idmap = g 0 9 2"));

    [Fact]
    public async Task The_prune_preview_says_what_goes_and_why_and_leaves_protected_ones_alone()
    {
        var archives = new[] { Make.Archive(age: TimeSpan.FromDays(1)), Make.Archive(age: TimeSpan.FromDays(2)), Make.Archive(age: TimeSpan.FromDays(3), kept: true), Make.Archive(storage: "nas") };
        var page = await OpenAsync(archives, KeepPolicy.TryParse("keep-last=1")!, mayRemove: true);
        Assert.Contains("1 archive would be removed", page.Find("[data-testid=prune-sum]").TextContent);
        var rows = page.FindAll("[data-testid=prune-row]").Select(row => row.TextContent).ToList();
        Assert.Equal(3, rows.Count);
        Assert.Contains("last 1 of 1", rows[0]);
        Assert.Contains("no rule keeps it", rows[1]);
        Assert.Contains("protected", rows[2]);
    }

    [Fact]
    public async Task Another_count_shows_at_once_what_it_would_do()
    {
        var page = await OpenAsync([Make.Archive(age: TimeSpan.FromDays(1)), Make.Archive(age: TimeSpan.FromDays(2))], KeepPolicy.All, mayRemove: false);
        Assert.Contains("0 archives would be removed", page.Find("[data-testid=prune-sum]").TextContent);
        page.Find("[data-testid=keep-last]").Change("1");
        Assert.Contains("1 archive would be removed", page.Find("[data-testid=prune-sum]").TextContent);
        Assert.DoesNotContain("Remove 1", page.Markup);
    }

    private async Task<IRenderedComponent<MudDialogProvider>> OpenAsync(IReadOnlyList<Archive> archives, KeepPolicy policy, bool mayRemove)
    {
        Render<MudPopoverProvider>();
        var page = Render<MudDialogProvider>();
        Func<string, Task<KeepPolicy>> policyOf = _ => Task.FromResult(policy);
        var parameters = new DialogParameters<PruneDialog>
        {
            { dialog => dialog.Archives, archives },
            { dialog => dialog.Storages, ["local", "nas"] },
            { dialog => dialog.PolicyOf, policyOf },
            { dialog => dialog.MayRemove, mayRemove },
        };
        await page.InvokeAsync(() => ((IDialogService)Services.GetService(typeof(IDialogService))!).ShowAsync<PruneDialog>("Prune", parameters));
        return page;
    }
}
