using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using VzDump.Web.SignIn;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class PeopleTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Five_wrong_passwords_lock_a_person_out_for_a_while_and_sign_out_everywhere_ends_other_browsers()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var admin = await browser.VisitAsync(dashboard);
        await admin.BecomeAdministratorAsync(dashboard);
        var password = await admin.AddPersonAsync("carl", "Viewer");
        var carl = await browser.VisitAsync(dashboard);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await carl.GotoAsync("/signin");
            await carl.TypeSignInAsync("carl", "not " + password);
            await Expect(carl.GetByText("do not fit together")).ToBeVisibleAsync();
        }

        // Now the right one does not help, and nobody is told which of both it is.
        await carl.GotoAsync("/signin");
        await carl.TypeSignInAsync("carl", password);
        await Expect(carl.GetByText("do not fit together")).ToBeVisibleAsync();

        // Nobody can wait five minutes in a test.
        await using (var database = new SqliteConnection($"Data Source={dashboard.Folder}/vzdump-web.db"))
        {
            await database.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = database.CreateCommand();
            command.CommandText = "UPDATE AspNetUsers SET LockoutEnd = NULL WHERE UserName = 'carl' AND LockoutEnd IS NOT NULL";
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        await carl.SignInAsync("carl", password);
        var elsewhere = await browser.VisitAsync(dashboard);
        await elsewhere.SignInAsync("carl", password);
        await elsewhere.GotoAsync("/account");
        await elsewhere.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await Expect(carl).ToHaveURLAsync(new Regex("/signin"), new() { Timeout = 60_000 }); // the page that was open
        await carl.GotoAsync("/guests");
        await Expect(carl).ToHaveURLAsync(new Regex("/signin"));
        await admin.GotoAsync("/guests");
        await Expect(admin.Locator("[data-guest='101']")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_operator_of_one_guest_sees_and_backs_up_that_one_and_a_viewer_only_looks()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var admin = await browser.VisitAsync(dashboard);
        await admin.BecomeAdministratorAsync(dashboard);
        await admin.BackUpAsync(100);
        await Expect(admin.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        var foreign = new Uri(admin.Url).AbsolutePath;
        var bertsPassword = await admin.AddPersonAsync("bert", "Operator", "101");
        var carlsPassword = await admin.AddPersonAsync("carl", "Viewer");

        var bert = await browser.VisitAsync(dashboard);
        await bert.SignInAsync("bert", bertsPassword);
        await Expect(bert.Locator("[data-guest]")).ToHaveCountAsync(1);
        await Expect(bert.GetByRole(AriaRole.Link, new() { Name = "People" })).ToHaveCountAsync(0);
        foreach (var path in (string[])["/settings/people", "/settings/audit", "/settings/mail", "/hangfire"])
        {
            await bert.GotoAsync(path);
            await Expect(bert.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(new Regex("no such page|not for you"));
        }

        await bert.GotoAsync(foreign);
        await Expect(bert.GetByText("There is no such run")).ToBeVisibleAsync();
        await bert.GotoAsync("/archives");
        await Expect(bert.GetByText("No archives yet")).ToBeVisibleAsync();
        await bert.GotoAsync("/runs");
        await Expect(bert.GetByText("Nothing has run yet")).ToBeVisibleAsync();
        await bert.BackUpAsync(101);
        await Expect(bert.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });

        var carl = await browser.VisitAsync(dashboard);
        await carl.SignInAsync("carl", carlsPassword);
        await Expect(carl.Locator("[data-guest]")).ToHaveCountAsync(2);
        await Expect(carl.GetByRole(AriaRole.Button, new() { Name = "Backup now" })).ToHaveCountAsync(0);
        await carl.GotoAsync(new Uri(bert.Url).AbsolutePath);
        await Expect(carl.State).ToContainTextAsync("succeeded");

        // Who did what stands in the audit.
        await admin.GotoAsync("/settings/audit?who=bert");
        await Expect(admin.GetByTestId("audit-row").Filter(new() { HasText = "run started" })).ToHaveCountAsync(1);

        // Disabled: the open page leads to the sign-in page, and that lets nobody in.
        await admin.GotoAsync("/settings/people");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Actions for carl" }).ClickAsync();
        await admin.GetByText("Disable", new() { Exact = true }).ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(admin.Locator("[data-person=carl]")).ToContainTextAsync("disabled");
        await Expect(carl).ToHaveURLAsync(new Regex("/signin"), new() { Timeout = 60_000 });
        await carl.TypeSignInAsync("carl", carlsPassword);
        await Expect(carl.GetByText("do not fit together")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_last_administrator_can_be_neither_removed_nor_disabled_nor_made_less()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var admin = await browser.VisitAsync(dashboard);
        await admin.BecomeAdministratorAsync(dashboard);
        await admin.AddPersonAsync("eve", "Administrator", "101");
        foreach (var act in (string[])["Remove", "Disable"])
        {
            await admin.GetByRole(AriaRole.Button, new() { Name = "Actions for ada" }).ClickAsync();
            await admin.GetByText(act, new() { Exact = true }).ClickAsync();
            await admin.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = act }).ClickAsync();
            await Expect(admin.GetByRole(AriaRole.Alert)).ToContainTextAsync("the last one who administers everything");
            await admin.ReloadAsync();
        }

        await admin.GetByRole(AriaRole.Button, new() { Name = "Actions for ada" }).ClickAsync();
        await admin.GetByText("Role and guests").ClickAsync();
        await admin.GetByRole(AriaRole.Dialog).GetByText("Viewer", new() { Exact = true }).ClickAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(admin.GetByRole(AriaRole.Alert)).ToContainTextAsync("the last one who administers everything");
    }

    [Fact]
    public async Task A_second_factor_is_set_up_asked_for_taken_once_and_replaced_by_a_recovery_code()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.GotoAsync("/account");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up an authenticator app" }).ClickAsync();
        await Expect(page.GetByAltText("QR code for an authenticator app")).ToBeVisibleAsync();
        var key = (await page.GetByTestId("authenticator-key").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal);
        await page.GetByLabel("Code", new() { Exact = true }).FillAsync("000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch it on" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the code");
        var used = Code(key);
        await page.GetByLabel("Code", new() { Exact = true }).FillAsync(used);
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch it on" }).ClickAsync();
        await Expect(page.GetByTestId("recovery-codes").GetByRole(AriaRole.Listitem)).ToHaveCountAsync(10);
        var recovery = await page.GetByTestId("recovery-codes").GetByRole(AriaRole.Listitem).First.InnerTextAsync();

        var other = await browser.VisitAsync(dashboard);
        await other.GotoAsync("/signin");
        await other.TypeSignInAsync(Visitor.Name, Visitor.Password);
        await Expect(other).ToHaveURLAsync(new Regex("/signin/code"));
        await other.GotoAsync("/guests"); // half way is not in
        await Expect(other).ToHaveURLAsync(new Regex(@"/signin\?"));
        await other.TypeSignInAsync(Visitor.Name, Visitor.Password);
        await other.TypeCodeAsync(used); // seen over a shoulder
        await Expect(other.GetByRole(AriaRole.Alert)).ToContainTextAsync("Each one is good once");
        await other.TypeCodeAsync(recovery);
        await Expect(other.Locator("[data-guest='101']")).ToBeVisibleAsync();

        var third = await browser.VisitAsync(dashboard);
        await third.GotoAsync("/signin");
        await third.TypeSignInAsync(Visitor.Name, Visitor.Password);
        await third.TypeCodeAsync(recovery); // used up
        await Expect(third.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the code");
        await third.TypeCodeAsync(Code(key, 30));
        await Expect(third.Locator("[data-guest='101']")).ToBeVisibleAsync();

        // A change of the password, and "sign out everywhere", end the other sign-ins.
        await page.GotoAsync("/account");
        await page.GetByLabel("Password now").FillAsync(Visitor.Password);
        await page.GetByLabel("New password", new() { Exact = true }).FillAsync("another horse battery");
        await page.GetByLabel("Repeat new password").FillAsync("another horse battery");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Your password is changed");
        await Expect(other).ToHaveURLAsync(new Regex("/signin"), new() { Timeout = 60_000 });
        await third.GotoAsync("/runs");
        await Expect(third).ToHaveURLAsync(new Regex("/signin"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/signin"));
    }

    private static string Code(string key, int secondsAhead = 0) => AuthenticatorCodes.CodeOf(key, (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + secondsAhead) / 30);
}
