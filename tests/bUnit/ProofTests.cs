using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Restores;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Checks;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using VzDump.Web.Checks;
using VzDump.Web.Guests;
using VzDump.Web.Proofs;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;
using VzDump.Web.Storages;

namespace VzDump.Tests.bUnit;

/// <summary>Restore tests on the pages: their plan, their start, and what is known of guests from them.</summary>
public sealed class ProofTests : NodePage
{
    private static readonly TrialEvidence Boot = new(TrialSign.InitRuns, "The container's init ran, and stayed for 20 s.", 12 << 20, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));

    private ScheduledTrials Trials => Services.GetRequiredService<ScheduledTrials>();

    [Fact]
    public async Task They_are_off_until_somebody_wants_them_and_it_says_how_many_guests_were_never_tested()
    {
        WriteArchive(101, "2026_08_20-03_00_00", 10);
        WriteArchive(101, "2026_08_21-03_00_00", 10);
        var card = await Render<StoragesPage>().WaitForElementAsync("[data-testid=trials]", Patience);
        Assert.Contains("tested only by hand", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("0 of 1 guest proven", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("1 never tested", card.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switched_on_in_the_dialog_they_are_kept_shown_and_audited()
    {
        Write("storage.cfg", $"dir: local\n\tpath {Folder}/local\n\tcontent backup\n\ndir: scratch\n\tpath {Folder}/scratch\n\tcontent images,rootdir\n");
        var (page, dialog) = await OpenAsync();
        await dialog.InvokeAsync(() => dialog.Find("#trials-on").Change(true));
        await TypeAsync(dialog, "#job-schedule", "sun 04:30");
        await TypeAsync(dialog, "#trials-most", "2");
        await TypeAsync(dialog, "#trials-again", "60");
        await dialog.InvokeAsync(() => dialog.FindAll("input[name=trial-guests]")[1].Change(true));
        await TypeAsync(dialog, "#trials-guests", "102, 101");
        await dialog.InvokeAsync(() => dialog.Find("#trials-storage").Change("scratch"));
        await SubmitAsync(dialog);

        page.WaitForAssertion(() => Assert.Contains("at most 2 guests, each again after 60 days, started and watched, on scratch.", page.Find("[data-testid=trials]").TextContent, StringComparison.Ordinal), Patience);
        var plan = await Trials.FindPlanAsync(Cancellation);
        Assert.Equal((true, "sun 04:30", 60, 2, "scratch", true), (plan.IsOn, plan.Schedule, plan.AgainAfterDays, plan.MostAtOnce, plan.Storage, plan.Start));
        Assert.Equal([101, 102], plan.Guests!);
        Assert.Contains(await Services.GetRequiredService<AuditTrail>().ListAsync(0, 10, Cancellation), entry => entry is { Who: "ada", Subject: "scheduled restore tests" });
    }

    [Fact]
    public async Task What_cannot_be_is_told_beside_its_field_and_not_saved()
    {
        var (_, dialog) = await OpenAsync();
        await dialog.InvokeAsync(() => dialog.FindAll("input[name=trial-guests]")[1].Change(true));
        Assert.Contains("Choose at least one guest.", dialog.Markup, StringComparison.Ordinal);
        await TypeAsync(dialog, "#trials-guests", "101, web");
        Assert.Contains("'web' is no VMID", dialog.Markup, StringComparison.Ordinal);
        await SubmitAsync(dialog);
        await dialog.WaitForElementAsync("[data-testid=trials-problem]", Patience);
        Assert.Equal(new TrialPlan(), await Trials.FindPlanAsync(Cancellation));
    }

    [Fact]
    public async Task Only_an_administrator_of_the_node_changes_them()
    {
        await SignInAsync("vera", Role.Operator);
        Assert.Empty((await Render<StoragesPage>().WaitForElementAsync("[data-testid=trials]", Patience)).QuerySelectorAll("button"));
        await Assert.ThrowsAsync<ProblemException>(async () => await Services.GetRequiredService<CheckDesk>().SaveAsync(await RightsAsync(), new TrialPlan { IsOn = true }, Cancellation));
        Assert.False((await Trials.FindPlanAsync(Cancellation)).IsOn);
    }

    [Fact]
    public async Task A_test_of_the_newest_archive_begins_on_the_guests_page_and_is_audited()
    {
        WriteArchive(101, "2026_08_20-03_00_00", 10);
        WriteArchive(101, "2026_08_21-03_00_00", 10);
        await SignInAsync("vera", Role.Operator, "101");
        var page = Render<GuestPage>(with => with.Add(p => p.Id, 101));
        var card = await page.WaitForElementAsync("[data-testid=guest-proof]", Patience);
        Assert.Contains("never proven", card.TextContent, StringComparison.Ordinal);

        await PressAsync(page, "[data-testid=guest-proof] button");

        await EventuallyAsync(() => Navigation.Uri.Contains("/runs/", StringComparison.Ordinal), "The page of the run was not shown.");
        var run = Assert.Single(await Services.GetRequiredService<BackupRuns>().ListAsync(0, 10, Cancellation));
        Assert.EndsWith("2026_08_21-03_00_00.tar.zst", Assert.IsType<RunWork.Trial>(run.Work).Request.ArchivePath, StringComparison.Ordinal);
        Assert.Equal("vera", run.StartedBy);
        Assert.Contains(await Services.GetRequiredService<AuditTrail>().ListAsync(0, 10, Cancellation), entry => entry is { Who: "vera", What: "restore test started" });
    }

    [Fact]
    public async Task Who_only_looks_or_has_other_guests_starts_no_test_and_learns_nothing()
    {
        WriteArchive(101, "2026_08_21-03_00_00", 10);
        var desk = Services.GetRequiredService<ProofDesk>();
        await TestedAsync("The container came up, and its init ended after 3 s.");
        await SignInAsync("vic", Role.Viewer);
        Assert.Empty((await Render<GuestPage>(with => with.Add(p => p.Id, 101)).WaitForElementAsync("[data-testid=guest-proof]", Patience)).QuerySelectorAll("button"));
        await Assert.ThrowsAsync<ProblemException>(async () => await desk.StartNewestAsync(await RightsAsync(), Make.Id(101), Cancellation));

        await SignInAsync("olga", Role.Operator, "100");
        var rights = await RightsAsync();
        await Assert.ThrowsAsync<ProblemException>(() => desk.StartNewestAsync(rights, Make.Id(101), Cancellation));
        Assert.Empty((await desk.ListAsync(rights, Cancellation)).Guests);
    }

    [Fact]
    public async Task A_failed_proof_shows_with_its_reason_and_the_last_good_one()
    {
        WriteArchive(101, "2026_08_21-03_00_00", 10);
        await TestedAsync(null);
        await TestedAsync("The container came up, and its init ended after 3 s.");
        var card = await Render<GuestPage>(with => with.Add(p => p.Id, 101)).WaitForElementAsync("[data-testid=guest-proof]", Patience);
        Assert.Contains("proof failed", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("its init ended after 3 s", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("Last proven", card.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_guests_tells_proven_never_failed_too_old_and_not_started()
    {
        Assert.Equal("never proven by a restore", Note(null));
        Assert.Equal("proven by restore 3 days ago", Note(Proof(TimeSpan.FromDays(3))));
        Assert.Equal("proof failed 3 days ago", Note(Proof(TimeSpan.FromDays(3)) with { Problem = "It did not come up." }));
        Assert.Equal("proven by restore 40 days ago, too long ago", Note(Proof(TimeSpan.FromDays(40))));
        Assert.Equal("restored 3 days ago, not started", Note(Proof(TimeSpan.FromDays(3)) with { Evidence = Boot with { Shown = TrialSign.Restored } }));

        string Note(RestoreProof? last)
        {
            var known = last is null ? KnownProofs.None : new KnownProofs(new Dictionary<Engine.Guests.GuestId, GuestProof> { [Make.Id(101)] = new(last, null) }, TimeSpan.FromDays(30));
            var row = Make.Row(Make.Guest(), Make.Archive()) with { Proof = known.StateOf(Make.Id(101), TimeProvider.System.GetUtcNow()) };
            return Render<GuestTable>(with => with.Add(t => t.Rows, [row])).Find("[data-testid=proof-note]").TextContent.Trim();
        }

        static RestoreProof Proof(TimeSpan age) => new(Guid.NewGuid(), TimeProvider.System.GetUtcNow() - age, "/dump/a", Boot, null);
    }

    [Fact]
    public void A_run_shows_what_was_seen()
    {
        var run = Make.Run(RunState.Succeeded, Make.Task(state: RunTaskState.Done)) with { Work = new RunWork.Trial(new TrialRequest { ArchivePath = "/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar" }) { Evidence = Boot } };
        Assert.Equal(("Restore test of vzdump-lxc-101-2026_08_22-03_00_00.tar", "Restore test"), (run.Title, run.Kind));
        var view = Render<RunView>(with => with.Add(v => v.Run, run));
        Assert.Contains("12.0 MiB restored in 9 s", view.Find("[data-testid=evidence]").TextContent, StringComparison.Ordinal);
        Assert.Contains("up after 2 s", view.Find("[data-testid=evidence]").TextContent, StringComparison.Ordinal);
        Assert.Equal(Boot.Sentence, view.Find("[data-testid=evidence-sentence]").TextContent);
    }

    private Task<Rights> RightsAsync() => Services.GetRequiredService<Visitor>().RightsAsync(Cancellation);

    private Task TestedAsync(string? problem)
    {
        var now = TimeProvider.System.GetUtcNow();
        return Services.GetRequiredService<RunStore>().AddAsync(
            Make.Run(problem is null ? RunState.Succeeded : RunState.Failed) with
            {
                Work = new RunWork.Trial(new TrialRequest { ArchivePath = $"{Folder}/local/dump/vzdump-lxc-101-2026_08_21-03_00_00.tar.zst" }) { Evidence = problem is null ? Boot : null },
                FinishedAt = problem is null ? now.AddHours(-1) : now,
                Error = problem,
            },
            Cancellation);
    }

    private async Task<(IRenderedComponent<StoragesPage> Page, IRenderedComponent<MudDialogProvider> Dialog)> OpenAsync()
    {
        Render<MudPopoverProvider>();
        var dialog = Render<MudDialogProvider>();
        var page = Render<StoragesPage>();
        await page.WaitForElementAsync("[data-testid=trials]", Patience);
        await page.WaitForElementAsync("[data-testid=storage-row]", Patience);
        await PressAsync(page, "[data-testid=trials] button");
        await dialog.WaitForElementAsync("#trials-on", Patience);
        return (page, dialog);
    }
}
