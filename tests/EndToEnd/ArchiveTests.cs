using System.Net;
using System.Net.Http.Headers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class ArchiveTests(Browser browser) : IClassFixture<Browser>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notes_protection_download_and_deletion_work_from_the_row_and_a_deletion_can_be_undone()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101);
        await Expect(page.State).ToContainTextAsync("succeeded", new() { Timeout = 120_000, IgnoreCase = true });
        var archive = Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump"), "*.tar.zst").Single();
        await page.GotoAsync("/archives");

        await AskAsync(page, "Edit the notes");
        await page.GetByLabel("Notes", new() { Exact = true }).FillAsync("before the move\nsecond line");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByTestId("archive-row")).ToContainTextAsync("before the move");
        Assert.Equal("before the move\nsecond line", await File.ReadAllTextAsync(archive + ".notes", Cancellation));

        await AskAsync(page, "Protect");
        await Expect(page.GetByTestId("archive-row").Locator("[title^=Protected], [aria-label^=Protected], title").First).ToHaveCountAsync(1);
        await WaitAsync(() => File.Exists(archive + ".protected"));
        await AskAsync(page, "Take the protection off");
        await WaitAsync(() => !File.Exists(archive + ".protected"));

        // A part of it, and nothing for strangers.
        var cookies = string.Join("; ", (await page.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(dashboard.Address) };
        var path = $"/archives/download?archive={Uri.EscapeDataString("local:backup/" + Path.GetFileName(archive))}";
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cookie", cookies);
        request.Headers.Range = new RangeHeaderValue(100, 199);
        var part = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal((await File.ReadAllBytesAsync(archive, Cancellation))[100..200], await part.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.NotEqual(HttpStatusCode.OK, (await client.GetAsync(path, Cancellation)).StatusCode);

        await AskAsync(page, "Delete");
        await Expect(page.GetByTestId("archive-row")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(page.GetByTestId("archive-row")).ToHaveCountAsync(1);
        Assert.True(File.Exists(archive));

        await page.GetByLabel("Select all archives").CheckAsync();
        await page.GetByTestId("bulk").GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.GetByText("No archives yet")).ToBeVisibleAsync();
        await WaitAsync(() => !File.Exists(archive) && !File.Exists(archive + ".notes"));
    }

    [Fact]
    public async Task An_archive_that_somebody_else_puts_there_appears_by_itself()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.GotoAsync("/archives");
        await Expect(page.GetByText("No archives yet")).ToBeVisibleAsync();
        var dump = Directory.CreateDirectory(Path.Combine(dashboard.Folder, "storage/local/dump")).FullName;
        await File.WriteAllTextAsync(Path.Combine(dump, "vzdump-lxc-101-2026_08_22-03_00_00.tar"), "x", Cancellation);
        await Expect(page.GetByTestId("archive-row")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
    }

    private static async Task AskAsync(IPage page, string item)
    {
        await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
        await page.Locator(".mud-menu-item").GetByText(item, new() { Exact = true }).ClickAsync();
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var tries = 0; tries < 300 && !condition(); tries++)
        {
            await Task.Delay(100, Cancellation);
        }

        Assert.True(condition());
    }
}
