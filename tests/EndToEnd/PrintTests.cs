using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class PrintTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("VZDUMP_PRINTS");

    [Fact]
    public async Task A_run_is_printed_black_on_white_with_its_guests_and_without_the_frame_of_the_page()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard, ColorScheme.Dark);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101);
        await Expect(page.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        var run = new Uri(page.Url).AbsolutePath;

        // The run's own page, should somebody print that.
        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        await Expect(page.Locator(".mud-appbar")).ToBeHiddenAsync();
        await Expect(page.Locator(".drawer")).ToBeHiddenAsync();
        await Expect(page.GetByText("Print view", new() { Exact = true })).ToBeHiddenAsync();
        await Expect(page.GetByTestId("task")).ToBeVisibleAsync();
        Assert.Equal("rgb(255, 255, 255)", await ColourAsync(page, ".task", "backgroundColor"));
        await page.EmulateMediaAsync(new() { Media = Media.Screen, ColorScheme = ColorScheme.Dark });

        var print = await page.Context.RunAndWaitForPageAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Print view" }).ClickAsync());
        await print.WaitForURLAsync("**" + run + "/print");
        await Expect(print.GetByTestId("print-facts")).ToContainTextAsync("succeeded");
        await Expect(print.GetByTestId("print-facts")).ToContainTextAsync("vzdump 101");
        await Expect(print.GetByTestId("print-tasks")).ToContainTextAsync(new Regex(@"101 sample-container\s*done.*vzdump-lxc-101-.*\.tar", RegexOptions.Singleline));
        await Expect(print.GetByText("/log.txt")).ToContainTextAsync($"{dashboard.Address.TrimEnd('/')}{run}/log.txt");
        Assert.Equal(("rgb(255, 255, 255)", "rgb(0, 0, 0)"), (await ColourAsync(print, "body", "backgroundColor"), await ColourAsync(print, ".paper", "color")));

        // The button asks the browser to print, from a file as the policy wants.
        await print.EvaluateAsync("() => { window.print = () => { document.title = 'printed'; }; }");
        await print.GetByRole(AriaRole.Button, new() { Name = "Print" }).ClickAsync();
        await Expect(print).ToHaveTitleAsync("printed");

        await print.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(print.GetByRole(AriaRole.Button, new() { Name = "Print" })).ToBeHiddenAsync();
        var pdf = await print.PdfAsync(new() { Format = "A4" });
        Assert.StartsWith("%PDF", Encoding.ASCII.GetString(pdf, 0, 8), StringComparison.Ordinal);
        Assert.Equal(1, Regex.Count(Encoding.Latin1.GetString(pdf), @"/Type\s*/Page\b"));
        if (Pictures is not null)
        {
            await File.WriteAllBytesAsync(Path.Combine(Pictures, "run.pdf"), pdf, TestContext.Current.CancellationToken);
            await print.EmulateMediaAsync(new() { Media = Media.Screen });
            await print.ScreenshotAsync(new() { Path = Path.Combine(Pictures, "print.png"), FullPage = true });
            await print.SetViewportSizeAsync(390, 800);
            await print.ScreenshotAsync(new() { Path = Path.Combine(Pictures, "print-narrow.png"), FullPage = true });
        }

        Assert.Equal(404, (await print.GotoAsync("/runs/00000000-0000-0000-0000-000000000001/print"))!.Status);
    }

    private static Task<string> ColourAsync(IPage page, string element, string property) =>
        page.EvaluateAsync<string>("([element, property]) => getComputedStyle(document.querySelector(element))[property]", new[] { element, property });
}
