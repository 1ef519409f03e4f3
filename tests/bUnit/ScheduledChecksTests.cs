using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Checks;
using VzDump.Web.Checks;
using VzDump.Web.SignIn;
using VzDump.Web.Storages;

namespace VzDump.Tests.bUnit;

public sealed class ScheduledChecksTests : NodePage
{
    private ScheduledChecks Checks => Services.GetRequiredService<ScheduledChecks>();

    [Fact]
    public async Task They_are_off_until_somebody_wants_them_and_it_says_how_many_archives_nobody_checked()
    {
        WriteArchive(101, "2026_08_20-03_00_00", 10);
        var page = Render<StoragesPage>();
        var card = await page.WaitForElementAsync("[data-testid=checks]", Patience);
        Assert.Contains("off", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("checked only by hand", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("1 of 1 archive never checked", card.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("[data-testid=checks-last]"));
    }

    [Fact]
    public async Task Switched_on_in_the_dialog_they_are_kept_shown_and_audited()
    {
        var (page, dialog) = await OpenAsync();
        await dialog.InvokeAsync(() => dialog.Find("#checks-on").Change(true));
        await TypeAsync(dialog, "#job-schedule", "sun 04:30");
        Assert.Contains("04:30", dialog.Find("[data-testid=schedule-meaning]").TextContent, StringComparison.Ordinal);
        Assert.Equal(5, dialog.FindAll(".next-runs li").Count);
        await TypeAsync(dialog, "#checks-most", "7");
        await TypeAsync(dialog, "#checks-again", "14");
        await dialog.InvokeAsync(() => dialog.FindAll("input[name=check-storages]")[1].Change(true));
        await dialog.InvokeAsync(() => dialog.Find("[data-check-storage=local]").Change(true));
        await SubmitAsync(dialog);

        page.WaitForAssertion(() => Assert.Contains("at most 7 archives, each again after 14 days, on local.", page.Find("[data-testid=checks]").TextContent, StringComparison.Ordinal), Patience);
        Assert.Contains("Nothing was checked by schedule yet.", page.Find("[data-testid=checks-last]").TextContent, StringComparison.Ordinal);
        var plan = await Checks.FindPlanAsync(Cancellation);
        Assert.Equal((true, "sun 04:30", 14, 7), (plan.IsOn, plan.Schedule, plan.AgainAfterDays, plan.MostAtOnce));
        Assert.Equal(["local"], plan.Storages!);
        Assert.Contains(await Services.GetRequiredService<AuditTrail>().ListAsync(0, 10, Cancellation), entry => entry is { Who: "ada", Subject: "scheduled checks" });
    }

    [Fact]
    public async Task What_cannot_be_is_told_beside_its_field_and_not_saved()
    {
        var (_, dialog) = await OpenAsync();
        await dialog.InvokeAsync(() => dialog.Find("#checks-on").Change(true));
        await TypeAsync(dialog, "#job-schedule", "sun 25:00");
        Assert.NotEmpty(dialog.Find("[data-testid=schedule-words] [role=alert]").TextContent);
        await TypeAsync(dialog, "#checks-again", "often");
        Assert.Contains("after 1 to 3650 days", dialog.Markup, StringComparison.Ordinal);
        await SubmitAsync(dialog);
        await dialog.WaitForElementAsync("[data-testid=checks-problem]", Patience);
        Assert.False((await Checks.FindPlanAsync(Cancellation)).IsOn);

        await TypeAsync(dialog, "#job-schedule", "");
        Assert.Contains("Say when", dialog.Find("[data-testid=schedule-words]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_an_administrator_of_the_node_changes_them()
    {
        await SignInAsync("vera", Role.Operator);
        var page = Render<StoragesPage>();
        Assert.Empty((await page.WaitForElementAsync("[data-testid=checks]", Patience)).QuerySelectorAll("button"));
        var rights = await Services.GetRequiredService<Visitor>().RightsAsync(Cancellation);
        await Assert.ThrowsAsync<ProblemException>(() => Services.GetRequiredService<CheckDesk>().SaveAsync(rights, new CheckPlan { IsOn = true }, Cancellation));
        Assert.False((await Checks.FindPlanAsync(Cancellation)).IsOn);
    }

    [Fact]
    public void The_last_time_tells_what_was_checked_what_failed_and_what_was_left_out()
    {
        var round = new CheckRound { Due = Make.Now, Sound = 3, Failed = 1, Skipped = ["The storage 'nas' does not answer."], EndedAt = Make.Now };
        var over = Card(round);
        Assert.Contains("4 archives checked, 1 failed.", over.Find("[data-testid=checks-last]").TextContent, StringComparison.Ordinal);
        Assert.Contains("The storage 'nas' does not answer.", over.Find("details").TextContent, StringComparison.Ordinal);
        Assert.Contains("2 overdue", over.Find("[data-testid=checks-facts]").TextContent, StringComparison.Ordinal);

        var archive = new ChosenArchive("local", "/dump/vzdump-lxc-101-2026_08_20-03_00_00.tar.zst", 101);
        var run = Guid.NewGuid();
        var going = Card(round with { EndedAt = null, Waiting = [archive], Current = new CurrentCheck(run, archive) }).Find("[data-testid=checks-last]");
        Assert.Contains("2 to go", going.TextContent, StringComparison.Ordinal);
        Assert.Equal($"/runs/{run}", going.QuerySelector("a")!.GetAttribute("href"));
    }

    private IRenderedComponent<ChecksCard> Card(CheckRound round) =>
        Render<ChecksCard>(with => with.Add(c => c.Standing, new CheckStanding(new CheckPlan { IsOn = true }, Make.Now.AddDays(1), round, 9, 4, 2, [])));

    private async Task<(IRenderedComponent<StoragesPage> Page, IRenderedComponent<MudDialogProvider> Dialog)> OpenAsync()
    {
        Render<MudPopoverProvider>();
        var dialog = Render<MudDialogProvider>();
        var page = Render<StoragesPage>();
        await page.WaitForElementAsync("[data-testid=checks]", Patience);
        await page.WaitForElementAsync("[data-testid=storage-row]", Patience);
        await PressAsync(page, "[data-testid=checks] button");
        await dialog.WaitForElementAsync("#checks-on", Patience);
        return (page, dialog);
    }
}
