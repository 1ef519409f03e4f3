using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Runs;
using VzDump.Web.SavedJobs;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class JobsPageTests : NodePage
{
    [Fact]
    public void While_jobs_are_read_there_is_a_skeleton_and_without_any_it_says_how_to_make_one()
    {
        Assert.Contains("Loading", Render<VzDump.Web.Shell.SkeletonRows>().Markup);
        var page = Render<JobsPage>();
        page.WaitForAssertion(() => Assert.Contains("No jobs yet", page.Markup), Patience);
        Assert.Contains(page.FindAll("a"), link => link.GetAttribute("href") == "/jobs/new");
    }

    [Fact]
    public async Task A_row_tells_guests_words_of_the_schedule_next_time_and_that_it_never_ran()
    {
        await SaveAsync(schedule: "mon..fri 21:00", guests: [100, 101]);
        var row = await RowAsync(Render<JobsPage>());
        foreach (var text in new[] { "nightly", "100, 101", "At 21:00, Monday to Friday", "never ran" })
        {
            Assert.Contains(text, row.TextContent);
        }

        Assert.NotNull(row.QuerySelector("[data-label=Next] time"));
    }

    [Fact]
    public async Task A_job_without_a_schedule_says_that_it_is_run_by_hand()
    {
        await SaveAsync(schedule: null);
        Assert.Contains("only by hand", (await RowAsync(Render<JobsPage>())).TextContent);
    }

    [Fact]
    public async Task The_switch_in_its_row_turns_a_schedule_off_and_the_next_time_goes()
    {
        var job = await SaveAsync();
        var page = Render<JobsPage>();
        (await RowAsync(page)).QuerySelector("input[role=switch]")!.Change(false);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-label=Next] time")), Patience);
        var now = await Jobs.FindAsync(job.Id, Cancellation);
        Assert.Equal((false, "ada"), (now!.Enabled, now.ChangedBy));
    }

    [Fact]
    public async Task Run_now_starts_the_job_and_leads_to_the_run()
    {
        var job = await SaveAsync();
        var page = Render<JobsPage>();
        (await RowAsync(page)).QuerySelector("button[aria-label^='Run nightly']")!.Click();
        await EventuallyAsync(() => Navigation.Uri.Contains("/runs/", StringComparison.Ordinal), "the page did not lead to the run");
        var run = Assert.Single(await Services.GetRequiredService<BackupRuns>().ListOfJobAsync(job.Id, 5, Cancellation));
        Assert.Equal("ada", run.StartedBy);
        Assert.EndsWith($"/runs/{run.Id}", Navigation.Uri);
    }

    [Fact]
    public async Task The_last_result_stands_in_the_row_and_a_waiting_run_cannot_be_started_twice()
    {
        var job = await SaveAsync();
        var run = await Jobs.RunNowAsync(job.Id, "ada", Cancellation);
        var row = await RowAsync(Render<JobsPage>());
        Assert.Contains("waiting", row.QuerySelector("[data-label='Last result']")!.TextContent);
        Assert.Equal($"/runs/{run}", row.QuerySelector("[data-label='Last result'] a")!.GetAttribute("href"));
        Assert.True(row.QuerySelector("button[aria-label^='Run nightly']")!.HasAttribute("disabled"));
    }

    [Fact]
    public async Task A_deleted_job_comes_back_with_undo()
    {
        var job = await SaveAsync();
        var toasts = Render<MudSnackbarProvider>();
        var page = Render<JobsPage>();
        await RowAsync(page);
        await page.InvokeAsync(() => page.FindComponent<JobTable>().Instance.Delete.InvokeAsync(job));
        page.WaitForAssertion(() => Assert.Contains("No jobs yet", page.Markup), Patience);
        toasts.WaitForAssertion(() => Assert.Contains("is deleted", toasts.Markup), Patience);
        toasts.FindAll("button").First(button => button.TextContent.Contains("Undo", StringComparison.Ordinal)).Click();
        await RowAsync(page);
    }

    [Fact]
    public async Task A_clone_is_switched_off_and_opens_in_the_editor()
    {
        var job = await SaveAsync();
        var page = Render<JobsPage>();
        await RowAsync(page);
        await page.InvokeAsync(() => page.FindComponent<JobTable>().Instance.Clone.InvokeAsync(job));
        var copy = Assert.Single(await Jobs.ListAsync(Cancellation), other => other.Id != job.Id);
        Assert.Equal(("nightly (copy)", false), (copy.Name, copy.Enabled));
        Assert.EndsWith($"/jobs/{copy.Id}", Navigation.Uri);
    }

    [Fact]
    public async Task What_somebody_else_does_shows_by_itself()
    {
        var page = Render<JobsPage>();
        page.WaitForAssertion(() => Assert.Contains("No jobs yet", page.Markup), Patience);
        await SaveAsync(name: "made elsewhere");
        Assert.Contains("made elsewhere", (await RowAsync(page)).TextContent);
    }

    private static async Task<AngleSharp.Dom.IElement> RowAsync(IRenderedComponent<JobsPage> page)
    {
        await page.WaitForElementAsync("[data-testid=job-row]", Patience);
        return page.Find("[data-testid=job-row]");
    }

    [Fact]
    public async Task A_viewer_sees_jobs_and_can_change_or_run_none()
    {
        var job = await SaveAsync();
        await SignInAsync("vera", Role.Viewer);
        var row = await RowAsync(Render<JobsPage>());
        Assert.Empty(row.QuerySelectorAll("button"));
        Assert.True(row.QuerySelector("input[role=switch]")!.HasAttribute("disabled"));
        var (desk, rights) = (Services.GetRequiredService<JobDesk>(), await Services.GetRequiredService<Visitor>().RightsAsync(Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.RunNowAsync(rights, job.Id, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.SetEnabledAsync(rights, job.Id, false, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.SaveAsync(rights, null, 0, VzDump.Jobs.Saved.JobDraft.From(job), Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.DeleteAsync(rights, job.Id, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.RestoreAsync(rights, job.Id, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.CloneAsync(rights, job.Id, Cancellation));
    }

    [Fact]
    public async Task An_operator_of_all_guests_runs_jobs_and_changes_none_and_one_of_some_sees_none()
    {
        var job = await SaveAsync();
        await SignInAsync("otto", Role.Operator);
        var (desk, visitor) = (Services.GetRequiredService<JobDesk>(), Services.GetRequiredService<Visitor>());
        var row = await RowAsync(Render<JobsPage>());
        Assert.Single(row.QuerySelectorAll("button"));
        Assert.NotEqual(Guid.Empty, await desk.RunNowAsync(await visitor.RightsAsync(Cancellation), job.Id, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(async () => await desk.DeleteAsync(await visitor.RightsAsync(Cancellation), job.Id, Cancellation));
        await SignInAsync("some", Role.Administrator, "101");
        var some = await visitor.RightsAsync(Cancellation);
        await Assert.ThrowsAsync<ProblemException>(() => desk.ListAsync(some, Cancellation));
        await Assert.ThrowsAsync<ProblemException>(() => desk.RunNowAsync(some, job.Id, Cancellation));
        Assert.Null(await desk.FindAsync(some, job.Id, Cancellation));
    }
}
