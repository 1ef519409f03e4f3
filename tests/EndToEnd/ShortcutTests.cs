using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class ShortcutTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Keys_lead_to_pages_and_acts_unless_one_writes_or_has_switched_them_off()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        var sheet = page.GetByTestId("shortcuts");

        // The keys are heard from when the page answers.
        await EventuallyAsync(async () =>
        {
            await page.Keyboard.PressAsync("?");
            await Expect(sheet).ToBeVisibleAsync(new() { Timeout = 500 });
        });
        await Expect(sheet).ToContainTextAsync("Backup now: the guest of the page, or all");

        // A dialog has the keys.
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("s");
        await Expect(sheet).ToBeVisibleAsync();
        await LeaveDialogAsync(page);

        foreach (var (key, path) in new[] { ("s", "storages"), ("j", "jobs"), ("r", "runs"), ("a", "archives"), ("u", "settings/audit"), ("g", "guests") })
        {
            await page.Keyboard.PressAsync("g");
            await page.Keyboard.PressAsync(key);
            await page.WaitForURLAsync("**/" + path);
        }

        // What is written is no shortcut, nor is what is pressed with Control.
        await Expect(page.Locator("[data-guest='101']")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("/");
        await Expect(page.GetByPlaceholder("Filter guests")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("gb?");
        await Expect(page.GetByPlaceholder("Filter guests")).ToHaveValueAsync("gb?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.GotoAsync("/guests/101");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Backup now" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Alt+b");
        await page.WaitForTimeoutAsync(300);
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("b");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start backup" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Backup sample-container");
        await LeaveDialogAsync(page);

        // Switched off, and remembered.
        await page.GetByRole(AriaRole.Button, new() { Name = "Menu of ada" }).ClickAsync();
        await page.GetByText("Keyboard shortcuts").ClickAsync();
        await page.GetByTestId("shortcut-switch").UncheckAsync();
        await page.GotoAsync("/runs");
        await Expect(page.GetByPlaceholder("VMID, guest or job")).ToBeVisibleAsync();
        await page.WaitForTimeoutAsync(1000);
        foreach (var key in (string[])["?", "/", "b", "g", "s"])
        {
            await page.Keyboard.PressAsync(key);
        }

        await page.WaitForTimeoutAsync(500);
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/runs$"));
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    // The dialog hears Escape once it has the focus.
    private static async Task LeaveDialogAsync(IPage page)
    {
        await page.WaitForFunctionAsync("() => document.activeElement?.closest('.mud-dialog-container, .mud-overlay-dialog, [role=dialog]')");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    private static async Task EventuallyAsync(Func<Task> attempt)
    {
        for (var left = 20; ; left--)
        {
            try
            {
                await attempt();
                return;
            }
            catch (PlaywrightException) when (left > 0)
            {
                // The page does not answer yet.
            }
        }
    }
}
