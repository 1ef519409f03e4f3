using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

/// <summary>What a person does in the dashboard.</summary>
internal static class Visitor
{
    public const string Name = "ada";
    public const string Password = "correct horse battery";

    extension(IPage page)
    {
        /// <summary>The first visit: the one-time code makes the administrator.</summary>
        public async Task BecomeAdministratorAsync(Dashboard dashboard)
        {
            await page.GotoAsync("/");
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/welcome"));
            await page.GetByLabel("One-time code").FillAsync(dashboard.Code!);
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(Name);
            await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
            await page.GetByLabel("Repeat password").FillAsync(Password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Create administrator" }).ClickAsync();
            await Expect(page.Locator("[data-guest='101']")).ToBeVisibleAsync();
        }

        public async Task SignInAsync()
        {
            await page.GotoAsync("/");
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(Name);
            await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await Expect(page.Locator("[data-guest='101']")).ToBeVisibleAsync();
        }

        /// <summary>Presses Backup now in a guest's row and starts it, slowly if wanted. Ends on the run's page.</summary>
        public async Task BackUpAsync(int guest, int? kibPerSecond = null)
        {
            await page.GotoAsync("/");
            var row = page.Locator($"[data-guest='{guest}']");
            await row.GetByRole(AriaRole.Button, new() { Name = "Backup now" }).ClickAsync();
            var start = page.GetByRole(AriaRole.Button, new() { Name = "Start backup" });
            await Expect(start).ToBeEnabledAsync();
            if (kibPerSecond is { } limit)
            {
                await page.GetByText("More options").ClickAsync();
                await page.GetByLabel("Bandwidth limit").FillAsync($"{limit}");
                await page.GetByLabel("Bandwidth limit").PressAsync("Tab");
            }

            await start.ClickAsync();
            await page.WaitForURLAsync("**/runs/*");
        }

        /// <summary>Makes a job for all guests. Ends on the list of jobs.</summary>
        public async Task MakeJobAsync(string name, string schedule)
        {
            await page.GotoAsync("/jobs/new");
            await Expect(page.Locator("[data-pick='101']")).ToBeVisibleAsync();
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
            await page.GetByLabel("Schedule schedule").FillAsync(schedule);
            await page.GetByRole(AriaRole.Button, new() { Name = "Create the job" }).ClickAsync();
            await Expect(page.GetByTestId("job-row")).ToBeVisibleAsync();
        }

        public ILocator State => page.GetByTestId("run-state");

        public ILocator Lines => page.GetByTestId("log-line");
    }
}
