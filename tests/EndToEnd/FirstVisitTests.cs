using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class FirstVisitTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = 60_000 };

    [Fact]
    public async Task A_person_signs_in_backs_up_both_samples_watches_the_log_and_finds_the_archives()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);

        var late = await browser.VisitAsync(dashboard);
        await late.SignInAsync();

        // The container, slowly enough to watch.
        await page.BackUpAsync(101, kibPerSecond: 400);
        await Expect(page.Lines.Filter(new() { HasText = "creating vzdump archive" })).ToHaveCountAsync(1);
        await Expect(page.State).ToContainTextAsync("running", new() { IgnoreCase = true });
        var early = await page.Lines.CountAsync();

        // A second browser joins late and sees everything from the start.
        await late.GotoAsync(new Uri(page.Url).AbsolutePath);
        await Expect(late.Lines.First).ToContainTextAsync("starting new backup job");
        await Expect(late.State).ToContainTextAsync("running", new() { IgnoreCase = true });

        // Lines go on arriving while it runs: progress of the data.
        await Expect(page.Lines.Filter(new() { HasTextRegex = new Regex(@"\d+% \(") }).First).ToBeVisibleAsync();
        await Expect(page.State).ToContainTextAsync("running", new() { IgnoreCase = true });
        Assert.True(await page.Lines.CountAsync() > early, "no line came while it ran");

        await Expect(page.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        await Expect(late.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1);
        Assert.Equal(await TextsAsync(page), await TextsAsync(late));

        await page.BackUpAsync(100);
        await Expect(page.Lines.Filter(new() { HasText = "include disk 'scsi0'" })).ToHaveCountAsync(1);
        await Expect(page.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });

        await page.GotoAsync("/archives");
        await Expect(page.GetByTestId("archive-row")).ToHaveCountAsync(2);
        var files = Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump")).Select(Path.GetFileName).ToList();
        Assert.Single(files, file => Regex.IsMatch(file!, @"^vzdump-lxc-101-[\d_]+-[\d_]+\.tar\.zst$"));
        Assert.Single(files, file => Regex.IsMatch(file!, @"^vzdump-qemu-100-[\d_]+-[\d_]+\.vma\.zst$"));

        await page.GotoAsync("/guests");
        await Expect(page.GetByText("none yet")).ToHaveCountAsync(0);
        Assert.Equal(0, await dashboard.EndAsync());
    }

    [Fact]
    public async Task A_working_run_is_stopped_from_its_page()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101, kibPerSecond: 200);
        await Expect(page.Lines.Filter(new() { HasText = "creating vzdump archive" })).ToHaveCountAsync(1);

        await page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Stop") }).ClickAsync();

        await Expect(page.State).ToContainTextAsync(new Regex("stopped|cancelled", RegexOptions.IgnoreCase), Patient);
        await Expect(page.Lines.Filter(new() { HasText = "interrupted" }).First).ToBeVisibleAsync();
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(dashboard.Folder, "storage/local/dump")), path => !path.EndsWith(".log", StringComparison.Ordinal));
        Assert.DoesNotContain("lock", await File.ReadAllTextAsync(Path.Combine(dashboard.Folder, "lxc/101.conf"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var stopped = page.Url;
        await page.GetByRole(AriaRole.Button, new() { Name = "Repeat", Exact = true }).ClickAsync();
        await Expect(page).Not.ToHaveURLAsync(stopped);
        await Expect(page.State).ToContainTextAsync("running");
        await Expect(page.Lines.Filter(new() { HasText = "interrupted" })).ToHaveCountAsync(0);
        await page.GotoAsync("/runs");
        await Expect(page.GetByTestId("run-row")).ToHaveCountAsync(2);
        await page.GetByLabel("State").SelectOptionAsync("stopped");
        await Expect(page.GetByTestId("run-row")).ToHaveCountAsync(1);
        await page.GetByPlaceholder("VMID, guest or job").FillAsync("no such guest");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("No run matches")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task After_a_kill_the_run_is_told_as_interrupted_and_the_guest_is_free()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101, kibPerSecond: 200);
        await Expect(page.Lines.Filter(new() { HasText = "creating vzdump archive" })).ToHaveCountAsync(1);
        var run = new Uri(page.Url).AbsolutePath;

        dashboard.Kill();
        await dashboard.StartAsync();

        var again = await browser.VisitAsync(dashboard);
        await again.SignInAsync();
        await again.GotoAsync(run);
        await Expect(again.State).ToContainTextAsync("interrupted", new() { IgnoreCase = true });
        await again.BackUpAsync(101);
        await Expect(again.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task Ending_the_program_in_the_middle_of_a_run_puts_the_guest_right_before_it_ends()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101, kibPerSecond: 200);
        await Expect(page.Lines.Filter(new() { HasText = "creating vzdump archive" })).ToHaveCountAsync(1);
        var run = new Uri(page.Url).AbsolutePath;

        Assert.Equal(0, await dashboard.EndAsync());

        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(dashboard.Folder, "storage/local/dump")), path => !path.EndsWith(".log", StringComparison.Ordinal));
        Assert.DoesNotContain("lock", await File.ReadAllTextAsync(Path.Combine(dashboard.Folder, "lxc/101.conf"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await dashboard.StartAsync();
        var again = await browser.VisitAsync(dashboard);
        await again.SignInAsync();
        await again.GotoAsync(run);
        await Expect(again.State).ToContainTextAsync("interrupted", new() { IgnoreCase = true });
        await Expect(again.Lines.Filter(new() { HasText = "Backup of VM 101 failed - interrupted" })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Every_page_and_door_wants_a_sign_in()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(dashboard.Address) };
        foreach (var path in (string[])["/", "/runs", "/archives", "/hangfire", $"/runs/{Guid.NewGuid()}/log.txt"])
        {
            var answer = await stranger.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode is System.Net.HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/signin", StringComparison.Ordinal), $"{path}: {answer.StatusCode}");
        }

        var hub = await stranger.PostAsync("/hubs/runs/negotiate?negotiateVersion=1", null, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, hub.StatusCode);
        await page.GotoAsync("/hangfire");
        await Expect(page.GetByText("Realtime Graph")).ToBeVisibleAsync();
    }

    private static async Task<IReadOnlyList<string>> TextsAsync(IPage page) =>
        [.. (await page.Lines.AllInnerTextsAsync()).Select(text => Regex.Replace(text, @"\s+", " ").Trim())];
}
