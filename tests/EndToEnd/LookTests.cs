using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

/// <summary>Every page in light, dark and narrow: axe finds nothing, nothing is wider than the screen, and a picture is taken.</summary>
public sealed class LookTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly AxeRunOptions Rules = new() { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21aa"] } };

    // ./dev screenshots sets it; otherwise the pictures are only taken.
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("VZDUMP_SCREENSHOTS");

    private static readonly (string Name, ColorScheme Scheme, int Width)[] Variants = [("light", ColorScheme.Light, 1280), ("dark", ColorScheme.Dark, 1280), ("narrow", ColorScheme.Light, 390), ("narrow-dark", ColorScheme.Dark, 390)];

    [Fact]
    public async Task Every_page_can_be_used_by_everybody_in_light_dark_and_on_a_narrow_screen()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var first = await browser.VisitAsync(dashboard);
        await first.GotoAsync("/welcome");
        await LookAsync(first, "welcome", "light");
        await first.BecomeAdministratorAsync(dashboard);
        await LookAsync(first, "overview-first", "light");
        await first.BackUpAsync(101);
        await Expect(first.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        var trial = await TestRestoreAsync(first);
        await first.MakeJobAsync("Every night", "02:30");
        var job = await first.GetByRole(AriaRole.Link, new() { Name = "Every night" }).GetAttributeAsync("href");
        await first.BackUpAsync(100, kibPerSecond: 60);
        await Expect(first.Lines.Filter(new() { HasText = "creating vzdump archive" })).ToHaveCountAsync(1);
        var run = new Uri(first.Url).AbsolutePath;

        await first.AddPersonAsync("bert", "Operator", "101, pool:web");
        await first.AddPersonAsync("carl", "Viewer");
        await first.MakeTokenAsync("monitoring", "Viewer");

        await File.WriteAllTextAsync(
            Path.Combine(dashboard.Folder, "jobs.cfg"), "vzdump: weekly\n\tschedule sun 03:00\n\tall 1\n\tmode stop\n\tcomment Every Sunday\n\nvzdump: odd\n\tschedule 21:00\n\tall 1\n\tchange-detection-mode data\n", TestContext.Current.CancellationToken);

        await FillSlowlyAsync(dashboard);
        foreach (var (name, scheme, width) in Variants)
        {
            var page = await browser.VisitAsync(dashboard, scheme, width);
            await page.GotoAsync("/signin");
            await LookAsync(page, "signin", name);
            await page.SignInAsync();
            await LookAsync(page, "overview", name);
            await page.GotoAsync("/guests");
            await Expect(page.Locator("[data-guest='101']")).ToBeVisibleAsync();
            await LookAsync(page, "guests", name);
            await page.Keyboard.PressAsync("?");
            await Expect(page.GetByTestId("shortcuts")).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "shortcuts", name);
            await page.GotoAsync($"{run}/print");
            await Expect(page.GetByTestId("print-facts")).ToBeVisibleAsync();
            await LookAsync(page, "print", name);
            await page.GotoAsync("/guests");
            await Expect(page.Locator("[data-guest='101']")).ToBeVisibleAsync();
            await page.Locator("[data-guest='101']").GetByRole(AriaRole.Button, new() { Name = "Backup now" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start backup" })).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(400); // the dialog's own fade
            await LookAsync(page, "backup-now", name);
            foreach (var (path, picture, settled) in new[]
            {
                ("/runs", "runs", "[data-testid=run-row]"),
                (run, "run", "[data-testid=log-line]"),
                (trial, "restore-test", "[data-testid=evidence]"),
                ("/archives", "archives", "[data-testid=archive-row]"),
                ("/guests/101", "guest", "[data-testid=guest-archive]"),
                ("/jobs", "jobs", "[data-testid=job-row]"),
                (job!, "job", "[data-testid=retention-preview] .meaning"),
                ("/defaults", "defaults", "[data-option=mode]"),
                ("/storages", "storages", "[data-testid=use-charts] svg"),
                ("/settings/people", "people", "[data-testid=person-row]"),
                ("/settings/tokens", "tokens", "[data-testid=token-row]"),
                ("/settings/audit", "audit", "[data-testid=audit-row]"),
                ("/settings/mail", "mail", "#mail-to"),
                ("/account", "account", "h2"),
            })
            {
                await page.GotoAsync(path);
                await Expect(page.Locator(settled).First).ToBeVisibleAsync();
                await page.WaitForTimeoutAsync(300);
                await LookAsync(page, picture, name);
            }

            await page.GotoAsync("/jobs");
            await Expect(page.GetByTestId("job-row")).ToBeVisibleAsync(); // from here on the page answers
            await page.GetByRole(AriaRole.Button, new() { Name = "Import", Exact = true }).ClickAsync();
            await Expect(page.GetByTestId("import-candidate").First).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "import", name);

            await page.GotoAsync("/storages");
            await page.GetByTestId("checks").GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
            await Expect(page.GetByTestId("schedule-meaning")).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "checks", name);

            await page.GotoAsync("/storages");
            await page.GetByTestId("trials").GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
            await Expect(page.GetByTestId("schedule-meaning")).ToBeVisibleAsync();
            await page.GetByText("Some guests", new() { Exact = true }).ClickAsync();
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "restore-tests", name);

            await page.GotoAsync("/settings/mail");
            await page.GetByText("A mail server (SMTP)").ClickAsync();
            await Expect(page.Locator("#mail-password")).ToBeVisibleAsync();
            await LookAsync(page, "mail-server", name);
            await page.GotoAsync("about:blank"); // what was typed is not saved

            await page.GotoAsync("/archives?guest=101");
            await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
            await page.Locator(".mud-menu-item", new() { HasText = "Show the configuration" }).ClickAsync();
            await Expect(page.Locator(".config-line").First).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "archive-config", name);
            await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).Last.ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Prune preview" }).ClickAsync();
            await Expect(page.GetByTestId("prune-row").First).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "prune", name);
            await page.GotoAsync("/archives?guest=101");
            await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
            await page.Locator(".mud-menu-item", new() { HasText = "Browse the files" }).ClickAsync();
            await page.GetByTestId("entry").GetByRole(AriaRole.Link, new() { Name = "etc", Exact = true }).ClickAsync();
            await page.GetByTestId("entry").Filter(new() { HasText = "shop.conf" }).GetByRole(AriaRole.Checkbox).CheckAsync();
            await Expect(page.GetByTestId("taken")).ToBeVisibleAsync();
            await LookAsync(page, "browse", name);
            await page.GetByRole(AriaRole.Button, new() { Name = "Put back…" }).ClickAsync();
            await Expect(page.GetByTestId("put-plan")).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "put-back", name);
            await page.GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "shop.conf", Exact = true }).ClickAsync();
            await Expect(page.GetByTestId("preview")).ToContainTextAsync("listen");
            await page.WaitForTimeoutAsync(400);
            await LookAsync(page, "browse-file", name);
            await page.GotoAsync("/archives?guest=101");
            await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
            await page.Locator(".mud-menu-item", new() { HasText = "Restore" }).First.ClickAsync();
            await Expect(page.GetByTestId("restore-summary")).ToContainTextAsync("rootfs");
            await LookAsync(page, "restore", name);
            await page.GetByText("Replace sample-container").First.ClickAsync();
            await Expect(page.GetByTestId("typed-name")).ToBeVisibleAsync();
            await LookAsync(page, "restore-replace", name);
            await page.Context.CloseAsync();
        }
    }

    [Fact]
    public async Task The_disks_of_an_archive_can_be_used_by_everybody_in_light_dark_and_on_a_narrow_screen()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var first = await browser.VisitAsync(dashboard);
        await first.BecomeAdministratorAsync(dashboard);
        await first.BackUpAsync(100);
        await Expect(first.State).ToContainTextAsync("succeeded", new() { Timeout = 120_000, IgnoreCase = true });
        var archive = Path.GetFileName(Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump"), "*.vma.zst").Single());
        var disk = $"/archives/disk?archive=local:backup/{archive}&disk=scsi0";
        foreach (var (name, scheme, width) in Variants)
        {
            var page = await browser.VisitAsync(dashboard, scheme, width);
            await page.SignInAsync();
            await page.GotoAsync(disk);
            var unpack = page.GetByRole(AriaRole.Button, new() { Name = "Unpack the disk" });
            if (name == Variants[0].Name)
            {
                await Expect(unpack).ToBeVisibleAsync();
                await LookAsync(page, "disk-packed", name);
                await unpack.ClickAsync();
            }

            await Expect(page.GetByTestId("volume")).ToHaveCountAsync(1, new() { Timeout = 120_000 });
            await LookAsync(page, "disk", name);
            await page.GotoAsync($"/archives/disks?archive=local:backup/{archive}");
            await Expect(page.GetByTestId("disk")).ToHaveCountAsync(1);
            await LookAsync(page, "disks", name);
            await page.GotoAsync("/archives/upload");
            await Expect(page.GetByTestId("upload-files")).ToBeEnabledAsync();
            await page.GetByTestId("upload-files").SetInputFilesAsync([.. Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump"), "*.zst"), Path.Combine(dashboard.Folder, "storage.cfg")]);
            await Expect(page.GetByTestId("upload-state").Filter(new() { HasText = "no name" })).ToHaveCountAsync(1);
            await LookAsync(page, "upload", name);
            await page.GotoAsync(disk + "&volume=/dev/sda&path=etc");
            await Expect(page.GetByTestId("entry").First).ToBeVisibleAsync();
            await LookAsync(page, "disk-files", name);
            await page.Context.CloseAsync();
        }
    }

    private static async Task<string> TestRestoreAsync(IPage page)
    {
        await page.GotoAsync("/guests/101");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test restore now" }).ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
        await Expect(page.GetByTestId("evidence")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        return new Uri(page.Url).AbsolutePath;
    }

    // Nobody can wait four weeks in a test: the storage filled up over days that are past.
    private static async Task FillSlowlyAsync(Dashboard dashboard)
    {
        await using var database = new SqliteConnection($"Data Source={dashboard.Folder}/vzdump-web.db");
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = """
            WITH RECURSIVE day(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM day WHERE n < 28)
            INSERT INTO StorageSamples (Storage, At, UsedBytes, TotalBytes)
            SELECT Storage, At - n * 86400 * $second, MAX(0, TotalBytes * 8 / 10 - n * TotalBytes / 140 + (n % 4) * TotalBytes / 200), TotalBytes FROM StorageSamples, day;
            UPDATE StorageSamples SET UsedBytes = TotalBytes * 8 / 10 WHERE At = (SELECT MAX(At) FROM StorageSamples);
            """;
        command.Parameters.AddWithValue("$second", TimeSpan.TicksPerSecond);
        Assert.True(await command.ExecuteNonQueryAsync() >= 28);
    }

    private static async Task LookAsync(IPage page, string picture, string variant)
    {
        // Colours that fade are no colours to judge by; what turns for ever is not waited for.
        await page.EvaluateAsync("() => Promise.allSettled(document.getAnimations().filter(each => each.effect.getComputedTiming().iterations !== Infinity).map(each => each.finished))");
        var name = $"{picture}-{variant}";
        var image = await page.ScreenshotAsync();
        if (Pictures is not null)
        {
            Directory.CreateDirectory(Pictures);
            await File.WriteAllBytesAsync(Path.Combine(Pictures, $"{name}.png"), image);
        }

        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, $"{name} is {overflow} px wider than the screen");
        var found = await page.RunAxe(Rules);
        Assert.True(found.Violations.Length == 0, $"{name}: " + string.Join("; ", found.Violations.Select(violation => $"{violation.Id}: {violation.Help} at {string.Join(", ", violation.Nodes.Select(node => node.Html))}")));
    }
}
