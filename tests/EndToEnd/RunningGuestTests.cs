using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using VzDump.Tests.Integration.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

/// <summary>Guests that run: backed up, destroyed, restored and started through the browser, and found with their data.</summary>
public sealed partial class RunningGuestTests(Browser browser, GuestKernel kernel) : IClassFixture<Browser>
{
    private static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = 120_000, IgnoreCase = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_container_is_backed_up_destroyed_and_comes_back_running_with_its_data()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        await using var container = await MakeContainerAsync(dashboard);
        var note = Path.Combine(container.Root, "var/note");
        await File.WriteAllTextAsync(note, "what nobody wants to lose", Cancellation);
        await container.StartAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        var vmid = await VmidAsync(page, container.Name);
        await page.BackUpAsync(vmid);
        await SucceedAsync(page);
        Assert.True(await container.IsRunningAsync());

        await Shell.RunAsync("lxc-stop", "-k", "-n", container.Name, "-P", container.Folder);
        Directory.Delete(Path.Combine(container.Folder, container.Name), recursive: true);
        await page.GotoAsync("/guests");
        await Expect(page.Locator($"[data-guest='{vmid}']")).ToHaveCountAsync(0);

        await RestoreAsync(page, vmid, replaces: null, starts: true);
        await SucceedAsync(page);

        Assert.Equal("what nobody wants to lose", await File.ReadAllTextAsync(note, Cancellation));
        Assert.True(await container.IsRunningAsync());
        var count = int.Parse((await File.ReadAllTextAsync(Path.Combine(container.Root, "var/first"), Cancellation)).Trim(), CultureInfo.InvariantCulture);
        await Until.TrueAsync(() => int.TryParse(File.ReadAllText(Path.Combine(container.Root, "var/first")).Trim(), out var now) && now > count, "its init works on");
    }

    [Fact]
    public async Task A_restore_over_a_container_that_is_killed_half_way_leaves_it_whole_and_able_to_run()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        await using var container = await MakeContainerAsync(dashboard, fillMiB: 8);
        await File.WriteAllTextAsync(Path.Combine(container.Root, "var/note"), "old", Cancellation);
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        var vmid = await VmidAsync(page, container.Name);
        await page.BackUpAsync(vmid);
        await SucceedAsync(page);
        await File.WriteAllTextAsync(Path.Combine(container.Root, "var/note"), "newer than the archive", Cancellation);
        var before = await TreeAsync(container);

        await RestoreAsync(page, vmid, replaces: container.Name, starts: false, kibPerSecond: 300);
        await Expect(page.Lines.Filter(new() { HasText = "%" }).First).ToBeVisibleAsync();
        var run = new Uri(page.Url).AbsolutePath;
        dashboard.Kill();
        Assert.True(Directory.EnumerateFileSystemEntries(container.Folder, "*", SearchOption.AllDirectories).Count() > before.Split('\n').Length, "nothing of the restore was there yet");
        await dashboard.StartAsync();

        var again = await browser.VisitAsync(dashboard);
        await again.SignInAsync();
        await again.GotoAsync(run);
        await Expect(again.State).ToContainTextAsync("interrupted", Patient);
        Assert.Equal(before, await TreeAsync(container));
        await container.StartAsync();
        await again.BackUpAsync(vmid);
        await SucceedAsync(again);
    }

    [Fact]
    public async Task A_lost_file_comes_back_into_a_running_container_and_beside_from_the_page_of_files_and_for_programs()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        await using var container = await MakeContainerAsync(dashboard);
        Directory.CreateDirectory(Path.Combine(container.Root, "srv"));
        var note = Path.Combine(container.Root, "srv/note");
        await File.WriteAllTextAsync(note, "what nobody wants to lose", Cancellation);
        await container.StartAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        var vmid = await VmidAsync(page, container.Name);
        await page.BackUpAsync(vmid);
        await SucceedAsync(page);
        File.Delete(note);

        var archive = Path.GetFileName(Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump"), "*.tar.zst").Single());
        await page.GotoAsync($"/archives/browse?archive=local:backup/{archive}&path=srv");
        await page.GetByTestId("entry").Filter(new() { HasText = "note" }).GetByRole(AriaRole.Checkbox).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Put back…" }).ClickAsync();
        await Expect(page.GetByTestId("put-plan")).ToContainTextAsync($"into {container.Name}");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("is running");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Put back", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
        await SucceedAsync(page);
        Assert.Equal("what nobody wants to lose", await File.ReadAllTextAsync(note, Cancellation));
        Assert.True(await container.IsRunningAsync());

        // Beside, ordered by a program; and only by who may.
        await File.WriteAllTextAsync(note, "of today", Cancellation);
        using var program = new HttpClient { BaseAddress = new Uri(dashboard.Address) };
        program.DefaultRequestHeaders.Authorization = new("Bearer", await page.MakeTokenAsync("files", "Operator"));
        var call = $"/api/v1/archives/local/{archive}/files/restore";
        using var bad = await program.PostAsJsonAsync(call, new { paths = Array.Empty<string>() }, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        using var wrong = await program.PostAsJsonAsync(call, new { paths = (string[])["srv/note"], folder = "/../x" }, Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, wrong.StatusCode);
        using var begun = await program.PostAsJsonAsync(call, new { paths = (string[])["srv/note"], folder = "/restored" }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, begun.StatusCode);
        await Until.TrueAsync(() => File.Exists(Path.Combine(container.Root, "restored/srv/note")), "the file is beside");
        Assert.Equal("of today", await File.ReadAllTextAsync(note, Cancellation));
        program.DefaultRequestHeaders.Authorization = new("Bearer", await page.MakeTokenAsync("looks", "Viewer"));
        using var refused = await program.PostAsJsonAsync(call, new { paths = (string[])["srv/note"] }, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await page.GotoAsync("/settings/audit");
        await Expect(page.GetByTestId("audit-row").Filter(new() { HasText = "files restored" })).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task A_running_machine_is_backed_up_destroyed_and_comes_back_running_with_its_data()
    {
        await using var dashboard = new Dashboard();
        await CountingMachine.WriteAsync(dashboard.Folder, kernel);
        await using var process = new MachineProcess(dashboard.Folder);
        await dashboard.StartAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);

        // Nothing here starts a machine but a restore: so the first archive is of one that stood still.
        await page.BackUpAsync(100);
        await SucceedAsync(page);
        await RestoreAsync(page, 100, replaces: "counter", starts: true);
        await SucceedAsync(page);
        await Until.TrueAsync(() => process.Count > 0, "the machine counts");

        await page.BackUpAsync(100);
        await SucceedAsync(page);
        var counted = process.Count;
        await Until.TrueAsync(() => process.Count > counted, "it counts on after its backup");
        Assert.DoesNotContain("ERROR", process.Console, StringComparison.OrdinalIgnoreCase);

        await process.KillAsync();
        Directory.Delete(Path.Combine(dashboard.Folder, "storage/local/images/100"), recursive: true);
        File.Delete(Path.Combine(dashboard.Folder, "qemu-server/100.conf"));
        await RestoreAsync(page, 100, replaces: null, starts: false);
        await SucceedAsync(page);

        // Its own arguments reach outside of the machine: from an archive they come as a comment only, which a person looks at. Here it is made a line
        // again, and the machine of that name may keep it.
        var config = Path.Combine(dashboard.Folder, "qemu-server/100.conf");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config, Cancellation)).Replace("#args:", "args:", StringComparison.Ordinal), Cancellation);
        await RestoreAsync(page, 100, replaces: "counter", starts: true);
        await SucceedAsync(page);

        // It goes on where it was when it was backed up, and not at the beginning.
        await Until.TrueAsync(() => process.Begun > 0, $"the restored machine is up: {process.Console}");
        await Until.TrueAsync(() => process.Count > process.Begun, "it counts on");
    }

    private static Task<BusyboxContainer> MakeContainerAsync(Dashboard dashboard, int fillMiB = 0)
    {
        var folder = Path.Combine(dashboard.Folder, "lxc-native");
        Directory.CreateDirectory(folder);
        return BusyboxContainer.MakeAsync(folder, fillMiB);
    }

    private static async Task<int> VmidAsync(IPage page, string name)
    {
        await page.GotoAsync("/guests");
        var row = page.Locator("[data-guest]", new() { HasText = name });
        await Expect(row).ToBeVisibleAsync();
        return int.Parse((await row.GetAttributeAsync("data-guest"))!, CultureInfo.InvariantCulture);
    }

    /// <param name="replaces">Name of the guest of that VMID; null when there is none any more.</param>
    private static async Task RestoreAsync(IPage page, int vmid, string? replaces, bool starts, int? kibPerSecond = null)
    {
        await page.GotoAsync($"/archives?guest={vmid}");
        await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
        await page.Locator(".mud-menu-item", new() { HasText = "Restore" }).First.ClickAsync();
        await page.WaitForURLAsync("**/archives/restore*");
        await Expect(page.GetByTestId("restore-summary")).ToBeVisibleAsync();
        if (replaces is not null)
        {
            await page.GetByText($"Replace {replaces}").First.ClickAsync();
        }

        if (starts)
        {
            await page.GetByText("Start after the restore").ClickAsync();
        }

        if (kibPerSecond is { } limit)
        {
            await page.GetByText("More options").ClickAsync();
            await page.GetByLabel("Bandwidth limit").FillAsync($"{limit}");
            await page.GetByLabel("Bandwidth limit").PressAsync("Tab");
        }

        if (replaces is not null)
        {
            await page.GetByTestId("typed-name").FillAsync(replaces);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = replaces is null ? "Restore" : $"Replace {replaces}", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
    }

    private static async Task SucceedAsync(IPage page)
    {
        await Expect(page.State).ToContainTextAsync(new Regex("succeeded|failed|warnings", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)), Patient);
        Assert.True((await page.State.InnerTextAsync()).Contains("succeeded", StringComparison.OrdinalIgnoreCase), string.Join('\n', await page.Lines.AllInnerTextsAsync()));
    }

    // Each file with what it holds, times and owners.
    private static Task<string> TreeAsync(BusyboxContainer container) =>
        Shell.ShAsync($"cd '{container.Folder}' && find . -mindepth 2 -printf '%p %y %m %U %G %s %T@ %l\\n' | sort; find . -type f -exec md5sum {{}} + | sort");

    private sealed partial class MachineProcess(string folder) : IAsyncDisposable
    {
        public string Console => File.Exists(Path.Combine(folder, "100.console")) ? File.ReadAllText(Path.Combine(folder, "100.console")) : "";

        /// <summary>The number that it found on its disk; 0 while it is not up.</summary>
        public int Begun => Up().Match(Console) is { Success: true } up ? int.Parse(up.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

        public int Count => Counted().Matches(Console) is { Count: > 0 } counts ? int.Parse(counts[^1].Groups[1].Value, CultureInfo.InvariantCulture) : 0;

        public async Task KillAsync()
        {
            var pid = File.ReadAllText(Path.Combine(folder, "run/100.pid")).Trim();
            await Shell.RunAsync("kill", "-9", pid);
            await Until.TrueAsync(() => !Directory.Exists($"/proc/{pid}"), "it is gone");
            File.Delete(Path.Combine(folder, "100.console"));
        }

        public async ValueTask DisposeAsync()
        {
            if (File.Exists(Path.Combine(folder, "run/100.pid")) && File.ReadAllText(Path.Combine(folder, "run/100.pid")).Trim() is var pid && Directory.Exists($"/proc/{pid}"))
            {
                await Shell.RunAsync("kill", "-9", pid);
            }
        }

        [GeneratedRegex(@"GUEST UP (\d+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
        private static partial Regex Up();

        [GeneratedRegex(@"COUNT (\d+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
        private static partial Regex Counted();
    }
}
