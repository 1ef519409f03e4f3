using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class RestoreTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = 120_000, IgnoreCase = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_that_was_destroyed_comes_back_from_its_archive()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await BackUpAsync(dashboard, 101);
        await DestroyAsync(page, dashboard);

        await OpenAsync(page, 101, "Restore");
        await Expect(page.GetByTestId("vmid")).ToHaveValueAsync("101");
        await Expect(page.GetByTestId("restore-summary")).ToContainTextAsync("for rootfs");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
        await Expect(page.State).ToContainTextAsync("succeeded", Patient);
        await Expect(page.Lines.Filter(new() { HasText = "Finished Restore of VM 101" })).ToHaveCountAsync(1);

        await page.GotoAsync("/guests");
        await Expect(page.Locator("[data-guest='101']")).ToBeVisibleAsync();
        Assert.Contains(Directory.EnumerateFiles(dashboard.Folder, "hostname", SearchOption.AllDirectories), path => path.EndsWith("/etc/hostname", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_machine_is_replaced_when_its_name_is_typed_and_a_copy_stands_beside_it()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await BackUpAsync(dashboard, 100);
        var config = Path.Combine(dashboard.Folder, "qemu-server/100.conf");
        var before = await File.ReadAllTextAsync(config, Cancellation);

        await OpenAsync(page, 100, "Restore");
        await Expect(page.GetByTestId("vmid")).ToHaveValueAsync("102");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
        await Expect(page.State).ToContainTextAsync("succeeded", Patient);
        Assert.True(File.Exists(Path.Combine(dashboard.Folder, "qemu-server/102.conf")));
        Assert.Equal(before, await File.ReadAllTextAsync(config, Cancellation));

        await OpenAsync(page, 100, "Restore");
        await page.GetByText("Replace sample-vm").First.ClickAsync();
        var replace = page.GetByRole(AriaRole.Button, new() { Name = "Replace sample-vm" });
        await Expect(replace).ToBeDisabledAsync();
        await page.GetByTestId("typed-name").FillAsync("sample-vm");
        await replace.ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
        await Expect(page.State).ToContainTextAsync("succeeded", Patient);
        Assert.NotEqual(before, await File.ReadAllTextAsync(config, Cancellation));
    }

    [Fact]
    public async Task A_restore_over_a_guest_that_is_stopped_half_way_leaves_the_guest_as_it_was()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await BackUpAsync(dashboard, 100);
        var config = Path.Combine(dashboard.Folder, "qemu-server/100.conf");
        var before = await File.ReadAllTextAsync(config, Cancellation);
        var disks = Disks(dashboard);

        await OpenAsync(page, 100, "Restore");
        await page.GetByText("Replace sample-vm").First.ClickAsync();
        await page.GetByText("More options").ClickAsync();
        await page.GetByLabel("Bandwidth limit").FillAsync("100");
        await page.GetByLabel("Bandwidth limit").PressAsync("Tab");
        await page.GetByTestId("typed-name").FillAsync("sample-vm");
        await page.GetByRole(AriaRole.Button, new() { Name = "Replace sample-vm" }).ClickAsync();
        await page.WaitForURLAsync("**/runs/*");
        await Expect(page.Lines.Filter(new() { HasText = "creating volume" }).First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Stop the run" }).ClickAsync();
        await Expect(page.State).ToContainTextAsync("stopped", Patient);

        Assert.Equal(before, await File.ReadAllTextAsync(config, Cancellation));
        Assert.Equal(disks, Disks(dashboard));
    }

    [Fact]
    public async Task An_archive_is_checked_from_its_row_and_damage_is_found_and_shown()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await BackUpAsync(dashboard, 101);
        await OpenAsync(page, 101, "Verify", "**/runs/*");
        await Expect(page.State).ToContainTextAsync("succeeded", Patient);
        await page.GotoAsync("/archives");
        await Expect(page.GetByTestId("verified")).ToContainTextAsync("sound");

        var archive = Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump"), "*.tar.zst").Single();
        await using (var file = File.OpenWrite(archive))
        {
            file.Position = file.Length / 2;
            await file.WriteAsync("damage"u8.ToArray(), Cancellation);
        }

        await OpenAsync(page, 101, "Verify", "**/runs/*");
        await Expect(page.State).ToContainTextAsync("failed", Patient);
        await page.GotoAsync("/archives");
        await Expect(page.GetByTestId("verified")).ToContainTextAsync("damaged");
    }

    [Fact]
    public async Task A_restore_is_tested_from_an_archives_row_and_the_guest_is_called_restored_with_nothing_left_of_the_test()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await BackUpAsync(dashboard, 100);
        var disks = Disks(dashboard);
        await OpenAsync(page, 100, "Test restore now", "**/runs/*");
        await Expect(page.State).ToContainTextAsync("succeeded", Patient);
        await Expect(page.GetByTestId("evidence")).ToContainTextAsync("restored in");
        // The samples have no system: nobody claims that one came up.
        await Expect(page.GetByTestId("evidence-sentence")).ToContainTextAsync("Whether it starts is not known");
        Assert.Equal(disks, Disks(dashboard));

        await page.GotoAsync("/guests");
        await Expect(page.Locator("[data-guest='100']").GetByTestId("proof-note")).ToContainTextAsync(", not started");
        await page.GotoAsync("/guests/101");
        await Expect(page.GetByTestId("guest-proof")).ToContainTextAsync("never proven");
    }

    private async Task<IPage> BackUpAsync(Dashboard dashboard, int guest)
    {
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(guest);
        await Expect(page.State).ToContainTextAsync("succeeded", Patient);
        return page;
    }

    private static async Task OpenAsync(IPage page, int guest, string item, string? ends = null)
    {
        await page.GotoAsync($"/archives?guest={guest}");
        await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = item }).Or(page.Locator(".mud-menu-item", new() { HasText = item })).First.ClickAsync();
        await page.WaitForURLAsync(ends ?? "**/archives/restore*");
    }

    private static async Task DestroyAsync(IPage page, Dashboard dashboard)
    {
        await page.GotoAsync("/guests");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove the samples" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-guest='101']")).ToHaveCountAsync(0);
        Assert.False(File.Exists(Path.Combine(dashboard.Folder, "lxc/101.conf")));
    }

    private static string Disks(Dashboard dashboard) => string.Join('\n', Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/images"), "*", SearchOption.AllDirectories)
        .Where(path => path.Contains("vm-", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(path => $"{path} {new FileInfo(path).Length}"));
}
