using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Jobs.Saved;
using VzDump.Web.SavedJobs;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class ImportDialogTests : NodePage
{
    // Due in a year at the earliest, so that no test stands near a due time.
    private const string Yearly = "vzdump: yearly\n\tschedule *-01-01 04:00\n\tenabled 1\n\tall 1\n\tmode stop\n\tcomment once a year\n";

    [Fact]
    public async Task Without_jobs_in_the_files_it_says_which_files_it_has_looked_at()
    {
        var dialogs = await OpenAsync();
        dialogs.WaitForAssertion(() => Assert.Contains("Nothing to import", dialogs.Markup), Patience);
        Assert.Contains(Path.Combine(Folder, "jobs.cfg"), dialogs.Markup);
    }

    [Fact]
    public async Task A_job_is_shown_with_its_times_and_command_and_taken_over_with_one_press()
    {
        Write("jobs.cfg", Yearly);
        var dialogs = await OpenAsync();
        var candidate = dialogs.WaitForElement("[data-testid=import-candidate]", Patience);
        Assert.Contains("once a year", candidate.TextContent);
        Assert.Contains("vzdump --all 1 --mode stop", candidate.TextContent);

        await dialogs.InvokeAsync(() => dialogs.Find("button[aria-label='Take over once a year']").ClickAsync());
        dialogs.WaitForAssertion(() => Assert.Contains("taken over", dialogs.Find("[data-testid=import-candidate]").TextContent), Patience);

        Assert.Contains("its original is off", dialogs.Find("[data-testid=import-outcome]").TextContent);
        Assert.Empty(dialogs.FindAll("button[aria-label^='Take over']"));
        var job = Assert.Single(await Jobs.ListAsync(Cancellation));
        Assert.Equal(("once a year", true, "ada"), (job.Name, job.Enabled, job.ChangedBy));
        Assert.Contains("enabled 0", await File.ReadAllTextAsync(Path.Combine(Folder, "jobs.cfg"), Cancellation));
    }

    [Fact]
    public async Task A_job_that_would_not_be_the_same_here_says_why_and_has_no_button()
    {
        Write("jobs.cfg", Yearly + "\tnever-heard-of 5\n");
        var dialogs = await OpenAsync();
        var candidate = dialogs.WaitForElement("[data-testid=import-candidate]", Patience);
        Assert.Contains("'never-heard-of'", candidate.QuerySelector(".field-problem")!.TextContent);
        Assert.Null(candidate.QuerySelector("button"));
    }

    [Fact]
    public async Task Who_may_not_change_jobs_sees_none_of_it()
    {
        Write("jobs.cfg", Yearly);
        await SignInAsync("olga", Role.Operator);
        var dialogs = await OpenAsync();
        dialogs.WaitForAssertion(() => Assert.Contains("You may not change jobs", dialogs.Find("[role=alert]").TextContent), Patience);
        Assert.Empty(dialogs.FindAll("[data-testid=import-candidate]"));
    }

    private async Task<IRenderedComponent<MudDialogProvider>> OpenAsync()
    {
        Render<MudPopoverProvider>();
        var dialogs = Render<MudDialogProvider>();
        await dialogs.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync<ImportDialog>("Import"));
        return dialogs;
    }
}
