using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class JobsTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_job_is_made_in_the_editor_shows_its_next_time_runs_and_shows_its_result()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.GotoAsync("/jobs");
        await page.GetByRole(AriaRole.Link, new() { Name = "Make the first job" }).ClickAsync();

        // The schedule speaks while it is typed, and the guests are those ticked.
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("nightly web");
        await page.GetByLabel("Schedule schedule").FillAsync("mon..fri 21:00");
        await Expect(page.GetByTestId("schedule-meaning")).ToHaveTextAsync("At 21:00, Monday to Friday.");
        await Expect(page.Locator(".next-runs li")).ToHaveCountAsync(5);
        await page.Locator("[data-pick='100'] input").UncheckAsync();
        await Expect(page.GetByTestId("meaning")).ToContainTextAsync("1 guest is backed up");

        // What the engine refuses stands beside its field.
        await page.GetByText("Speed", new() { Exact = true }).ClickAsync();
        await page.GetByLabel("I/O priority").FillAsync("9");
        await page.GetByLabel("I/O priority").PressAsync("Tab");
        await Expect(page.Locator("[data-option=ionice] [role=alert]")).ToContainTextAsync("from 0 to 8");
        await page.GetByLabel("I/O priority").FillAsync("8");
        await page.GetByLabel("I/O priority").PressAsync("Tab");
        await Expect(page.GetByTestId("command-line")).ToHaveTextAsync("vzdump --all 1 --exclude 100 --ionice 8");

        // Leaving would lose it, so it is asked.
        await page.GetByRole(AriaRole.Link, new() { Name = "Runs", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Stay" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create the job" }).ClickAsync();
        var row = page.GetByTestId("job-row");
        await Expect(row).ToContainTextAsync("At 21:00, Monday to Friday");
        await Expect(row.Locator("[data-label=Next] time")).ToHaveTextAsync(new Regex("^(now|in \\d+ )"));
        await Expect(row).ToContainTextAsync("never ran");

        await row.GetByRole(AriaRole.Button, new() { Name = "Run nightly web now" }).ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
        await Expect(page.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        await page.GotoAsync("/jobs");
        await Expect(row.Locator("[data-label='Last result']")).ToContainTextAsync("succeeded");
        Assert.Single(Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump")), file => Path.GetFileName(file).StartsWith("vzdump-lxc-101-", StringComparison.Ordinal) && file.EndsWith(".tar", StringComparison.Ordinal));

        // Off, deleted, and back.
        await row.GetByRole(AriaRole.Switch).UncheckAsync();
        await Expect(row.Locator("[data-label=Next]")).ToContainTextAsync("off");
        await row.GetByRole(AriaRole.Button, new() { Name = "Actions for nightly web" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.GetByText("No jobs yet")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(row).ToContainTextAsync("nightly web");
    }

    [Fact]
    public async Task The_second_of_two_people_who_edit_a_job_is_told()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var one = await browser.VisitAsync(dashboard);
        await one.BecomeAdministratorAsync(dashboard);
        await one.MakeJobAsync("nightly", "02:30");
        var other = await browser.VisitAsync(dashboard);
        await other.SignInAsync();
        foreach (var page in (IPage[])[one, other])
        {
            await page.GotoAsync("/jobs");
            await page.GetByRole(AriaRole.Link, new() { Name = "nightly", Exact = true }).ClickAsync();
            await Expect(page.Locator("[data-pick='101']")).ToBeVisibleAsync();
        }

        await one.GetByLabel("Schedule schedule").FillAsync("04:00");
        await one.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(one.GetByTestId("job-row")).ToContainTextAsync("At 04:00");
        await Expect(other.GetByTestId("conflict")).ToContainTextAsync($"{Visitor.Name} changed this job");
        await other.GetByRole(AriaRole.Button, new() { Name = "Show theirs" }).ClickAsync();
        await Expect(other.GetByLabel("Schedule schedule")).ToHaveValueAsync("04:00");
    }
}
