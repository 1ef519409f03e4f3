using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;
using VzDump.Engine.Guests;
using VzDump.Jobs.Saved;
using VzDump.Web.SavedJobs;

namespace VzDump.Tests.bUnit;

public sealed class JobEditorTests : NodePage
{
    [Fact]
    public void Until_everything_is_read_there_is_a_skeleton() => Assert.Contains("aria-label=\"Loading\"", Render<VzDump.Web.Shell.SkeletonRows>().Markup);

    [Fact]
    public async Task A_new_job_is_made_with_what_was_typed()
    {
        var page = await OpenAsync();
        await TypeAsync(page, "#job-name", "weekly");
        await TypeAsync(page, "#job-schedule", "sat 03:00");
        await ChooseAsync(page, "[data-pick='100'] input", false);
        await ChooseAsync(page, "#option-mode", "stop");
        await SubmitAsync(page);
        await EventuallyAsync(() => Navigation.Uri.EndsWith("/jobs", StringComparison.Ordinal), "the page did not lead to the jobs");
        var job = Assert.Single(await Jobs.ListAsync(Cancellation));
        Assert.Equal(("weekly", "sat 03:00", "ada", BackupMode.Stop), (job.Name, job.Schedule, job.CreatedBy, job.Definition.Settings.Mode));
        Assert.Equal([100], Assert.IsType<GuestSelection.All>(job.Definition.Selection).Except.Select(id => id.Value));
        Assert.NotNull(job.NextRun);
    }

    [Fact]
    public async Task What_is_wrong_stands_beside_its_field_and_nothing_is_saved()
    {
        var page = await OpenAsync();
        await TypeAsync(page, "#job-schedule", "25:30");
        await ChooseAsync(page, "#option-bwlimit", "-1");
        await SubmitAsync(page);
        Assert.Contains("Give the job a name.", page.Find("[data-option=name]").TextContent);
        Assert.NotEmpty(page.FindAll("[data-option=schedule] [role=alert]"));
        Assert.Contains("'-1' is not allowed for 'bwlimit'", page.Find("[data-option=bwlimit] [role=alert]").TextContent);
        Assert.Contains("Not saved.", page.Find("[data-testid=save-problems]").TextContent);
        Assert.Empty(await Jobs.ListAsync(Cancellation));
    }

    [Fact]
    public async Task A_job_that_means_no_guest_is_refused_beside_the_guests()
    {
        var job = await SaveAsync();
        var page = await OpenAsync(job);
        await ChooseAsync(page, "[data-pick='101'] input", false);
        await SubmitAsync(page);
        Assert.Contains("No guest is named", page.Find(".selection [role=alert]").TextContent);
    }

    [Fact]
    public async Task The_storages_retention_is_previewed_over_the_jobs_guests()
    {
        WriteArchive(101, "2026_08_20-03_00_00", 1000);
        WriteArchive(101, "2026_08_21-03_00_00", 2000);
        WriteArchive(100, "2026_08_20-03_00_00", 5000, "qemu", "vma.zst");
        var page = await OpenAsync(await SaveAsync());
        page.WaitForAssertion(() => Assert.Contains("Of 2 archives of these guests on 'local', 1 would go and free 0.98 KiB", page.Find("[data-testid=retention-preview]").TextContent), Patience);
        await ChooseAsync(page, "#option-prune-backups", "all");
        Assert.Contains("Nothing is removed", page.Find("[data-testid=retention-preview]").TextContent);
    }

    [Fact]
    public async Task The_command_and_the_values_that_hold_follow_the_form()
    {
        Write("vzdump.conf", "# ours\nbwlimit: 5000\n");
        var page = await OpenAsync(await SaveAsync());
        Assert.Equal("vzdump 101", page.Find("[data-testid=command-line]").TextContent);
        await ChooseAsync(page, "#option-compress", "zstd");
        Assert.Equal("vzdump 101 --compress zstd", page.Find("[data-testid=command-line]").TextContent);
        Assert.Contains("this job", page.Find("[data-effective=compress]").TextContent);
        Assert.Contains("vzdump.conf", page.Find("[data-effective=bwlimit]").TextContent);
        Assert.Contains("the storage", page.Find("[data-effective=prune-backups]").TextContent);
        Assert.Contains("built-in", page.Find("[data-effective=mode]").TextContent);
    }

    [Fact]
    public async Task Who_leaves_with_unsaved_edits_is_asked_and_may_stay()
    {
        Render<MudPopoverProvider>();
        var dialogs = Render<MudDialogProvider>();
        var page = await OpenAsync(await SaveAsync());
        Assert.Empty(page.FindAll("[data-testid=unsaved]"));
        await ChooseAsync(page, "#job-comment", "for the auditors");
        Assert.NotEmpty(page.FindAll("[data-testid=unsaved]"));
        var before = Navigation.Uri;
        await page.InvokeAsync(() => Navigation.NavigateTo("/runs"));
        dialogs.WaitForAssertion(() => Assert.Contains("Leave without saving?", dialogs.Markup), Patience);
        dialogs.FindAll("button").First(button => button.TextContent.Contains("Stay", StringComparison.Ordinal)).Click();
        await EventuallyAsync(() => Navigation.History.FirstOrDefault()?.State is NavigationState.Prevented, "the way out was not stopped");
        Assert.Equal(before, Navigation.Uri);
    }

    [Fact]
    public async Task The_second_of_two_editors_is_told_and_may_look_or_save_over_it()
    {
        var job = await SaveAsync();
        var page = await OpenAsync(job);
        await TypeAsync(page, "#job-name", "mine");
        Assert.IsType<SaveOutcome.Saved>(await Jobs.SaveAsync(job.Id, job.Version, JobDraft.From(job) with { Schedule = "04:00" }, "bert", Cancellation));
        page.WaitForAssertion(() => Assert.Contains("bert changed this job", page.Find("[data-testid=conflict]").TextContent), Patience);
        Assert.Contains("the schedule", page.Find("[data-testid=conflict]").TextContent);
        await SubmitAsync(page);
        Assert.Equal("nightly", (await Jobs.FindAsync(job.Id, Cancellation))!.Name);
        await PressAsync(page, "[data-testid=conflict] button", 1);
        await EventuallyAsync(() => Navigation.Uri.EndsWith("/jobs", StringComparison.Ordinal), "the page did not lead to the jobs");
        Assert.Equal("mine", (await Jobs.FindAsync(job.Id, Cancellation))!.Name);
    }

    [Fact]
    public async Task Theirs_can_be_shown_in_place_of_mine()
    {
        var job = await SaveAsync();
        var page = await OpenAsync(job);
        await TypeAsync(page, "#job-name", "mine");
        await Jobs.SaveAsync(job.Id, job.Version, JobDraft.From(job) with { Name = "theirs" }, "bert", Cancellation);
        await page.WaitForElementAsync("[data-testid=conflict]", Patience);
        await PressAsync(page, "[data-testid=conflict] button", 0);
        page.WaitForAssertion(() => Assert.Equal("theirs", page.Find("#job-name").GetAttribute("value")), Patience);
        Assert.Empty(page.FindAll("[data-testid=conflict]"));
    }

    [Fact]
    public void A_job_that_is_not_there_says_so()
    {
        var page = Render<JobEditorPage>(with => with.Add(p => p.Id, Guid.NewGuid()));
        page.WaitForAssertion(() => Assert.Contains("There is no such job", page.Markup), Patience);
    }

    [Fact]
    public async Task What_of_the_node_cannot_be_read_is_told_and_the_job_can_be_edited()
    {
        Write("vzdump.conf", "ionice: 99\n");
        var page = await OpenAsync(await SaveAsync());
        Assert.Contains("vzdump.conf, line 1", page.Find(".problems").TextContent);
        Assert.Equal("nightly", page.Find("#job-name").GetAttribute("value"));
    }

    private async Task<IRenderedComponent<JobEditorPage>> OpenAsync(SavedJob? job = null)
    {
        var page = Render<JobEditorPage>(with =>
        {
            if (job is not null)
            {
                with.Add(p => p.Id, job.Id);
            }
        });
        await page.WaitForElementAsync("[data-pick]", Patience);
        await page.WaitForElementAsync("[data-testid=retention-preview] .meaning", Patience);
        return page;
    }
}
