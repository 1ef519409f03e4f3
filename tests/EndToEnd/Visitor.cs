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
            await Expect(page.Locator("[data-guest]").First).ToBeVisibleAsync();
        }

        public Task SignInAsync() => page.SignInAsync(Name, Password);

        public async Task SignInAsync(string name, string password)
        {
            await page.GotoAsync("/");
            await page.TypeSignInAsync(name, password);
            await Expect(page.Locator("[data-guest='101']")).ToBeVisibleAsync();
        }

        /// <summary>On the sign-in page; whatever comes of it.</summary>
        public async Task TypeSignInAsync(string name, string password)
        {
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
            await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        }

        public async Task TypeCodeAsync(string code)
        {
            await page.GetByLabel("Code", new() { Exact = true }).FillAsync(code);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        }

        /// <summary>As an administrator. Answers the password. Ends on the page of people.</summary>
        public async Task<string> AddPersonAsync(string name, string role, string? guests = null)
        {
            await page.GotoAsync("/settings/people");
            await Expect(page.GetByTestId("person-row").First).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Add a person" }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
            await dialog.GetByText(role, new() { Exact = true }).ClickAsync();
            if (guests is not null)
            {
                await dialog.GetByText("Some guests", new() { Exact = true }).ClickAsync();
                await dialog.GetByLabel("VMIDs and pools").FillAsync(guests);
            }

            await dialog.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
            await Expect(page.GetByTestId("secret")).ToContainTextAsync(name);
            return await page.GetByTestId("secret-text").InnerTextAsync();
        }

        /// <summary>Makes a token of whom the page is signed in as. Answers its text.</summary>
        public async Task<string> MakeTokenAsync(string name, string scope)
        {
            await page.GotoAsync("/settings/tokens");
            await page.GetByLabel("For", new() { Exact = true }).FillAsync(name);
            await page.GetByLabel("For", new() { Exact = true }).PressAsync("Tab");
            await page.GetByLabel("Scope").SelectOptionAsync(scope);
            await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
            await Expect(page.GetByTestId("secret")).ToContainTextAsync(name);
            return await page.GetByTestId("secret-text").InnerTextAsync();
        }

        /// <summary>Presses Backup now in a guest's row and starts it, slowly if wanted. Ends on the run's page.</summary>
        public async Task BackUpAsync(int guest, int? kibPerSecond = null)
        {
            await page.GotoAsync("/guests");
            var row = page.Locator($"[data-guest='{guest}']");
            await row.GetByRole(AriaRole.Button, new() { Name = "Backup now" }).ClickAsync();
            var start = page.GetByRole(AriaRole.Button, new() { Name = "Start backup" });
            await Expect(start).ToBeEnabledAsync();
            if (kibPerSecond is { } limit)
            {
                await page.Locator("[data-group=Speed] summary").ClickAsync();
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
