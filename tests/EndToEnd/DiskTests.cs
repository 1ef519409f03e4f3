using System.Net;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class DiskTests(Browser browser) : IClassFixture<Browser>
{
    // The machine that reads the disk is started, on some hosts without KVM.
    private static readonly LocatorAssertionsToHaveCountOptions Patient = new() { Timeout = 120_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_file_a_folder_and_the_image_come_out_of_a_machines_archive()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(100);
        await Expect(page.State).ToContainTextAsync("succeeded", new() { Timeout = 120_000, IgnoreCase = true });
        var ofCarl = await page.AddPersonAsync("carl", "Viewer");

        await page.GotoAsync("/archives");
        await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
        await page.Locator(".mud-menu-item").GetByText("Disks and files", new() { Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("disk")).ToHaveCountAsync(1);
        await Expect(page.GetByTestId("disk")).ToContainTextAsync("64");
        var disks = page.Url;
        await page.GetByTestId("disk").GetByRole(AriaRole.Link, new() { Name = "scsi0" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Unpack the disk" }).ClickAsync();
        await Expect(page.GetByTestId("volume")).ToHaveCountAsync(1, Patient);
        await page.GetByTestId("volume").GetByRole(AriaRole.Link, new() { Name = "sample" }).ClickAsync();
        await page.GetByTestId("entry").Locator("a", new() { HasTextString = "etc" }).First.ClickAsync();
        await Expect(page.GetByTestId("trail")).ToContainTextAsync("etc");
        await page.GetByRole(AriaRole.Button, new() { Name = "hostname", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("preview")).ToContainTextAsync("sample");
        var shown = await page.GetByTestId("preview").InnerTextAsync();
        var one = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download", Exact = true }).ClickAsync());
        Assert.Equal("hostname", one.SuggestedFilename);
        Assert.Equal(shown.Trim(), (await (await page.Context.APIRequest.GetAsync(one.Url)).TextAsync()).Trim());
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).Last.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0); // it gives the focus back when it is gone
        await page.GetByPlaceholder("Find in etc").FillAsync("HOSTN");
        await page.GetByPlaceholder("Find in etc").PressAsync("Enter");
        await Expect(page.GetByTestId("entry")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "The file system's root" }).ClickAsync();
        var tar = await (await page.Context.APIRequest.GetAsync(dashboard.Address + await page.GetByRole(AriaRole.Link, new() { Name = "Download etc", Exact = true }).GetAttributeAsync("href"))).BodyAsync();
        Assert.Equal([0x28, 0xb5, 0x2f, 0xfd], tar[..4]);

        // The image is the disk, whole or in parts.
        var disk = await File.ReadAllBytesAsync(Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/images/100")).Single(), Cancellation);
        await page.GetByRole(AriaRole.Button, new() { Name = "Download the image" }).ClickAsync();
        var raw = dashboard.Address + await page.GetByRole(AriaRole.Menuitem, new() { NameRegex = new("^Raw") }).Or(page.Locator("a[href*='format=raw']").First).First.GetAttributeAsync("href");
        Assert.Equal(disk, await (await page.Context.APIRequest.GetAsync(raw)).BodyAsync());
        var part = await page.Context.APIRequest.GetAsync(raw, new() { Headers = [new("Range", "bytes=1024-2047")] });
        Assert.Equal((int)HttpStatusCode.PartialContent, part.Status);
        Assert.Equal(disk[1024..2048], await part.BodyAsync());

        // A viewer sees which disks there are and nothing of what is on them.
        var carl = await browser.VisitAsync(dashboard);
        await carl.SignInAsync("carl", ofCarl);
        await carl.GotoAsync(new Uri(disks).PathAndQuery);
        await Expect(carl.GetByTestId("disk")).ToHaveCountAsync(1);
        await Expect(carl.GetByTestId("disk").GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
        Assert.NotEqual(200, (await carl.Context.APIRequest.GetAsync(raw, new() { MaxRedirects = 0 })).Status);
        Assert.NotEqual(200, (await carl.Context.APIRequest.GetAsync(one.Url, new() { MaxRedirects = 0 })).Status);

        await ProgramsHaveItAsync(dashboard, await page.MakeTokenAsync("disks", "Operator"), await page.MakeTokenAsync("names", "Viewer"), shown.Trim());
        await page.GotoAsync("/settings/audit");
        await Expect(page.GetByTestId("audit-row").Filter(new() { HasText = "disk unpacked" })).ToHaveCountAsync(1);
        await Expect(page.GetByTestId("audit-row").Filter(new() { HasText = "folder downloaded" })).ToHaveCountAsync(1);

        // Nothing of it stays when the program ends by itself or is started again.
        Assert.Equal(0, await dashboard.EndAsync());
        await dashboard.StartAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(dashboard.Folder, "archive-disks")));
    }

    private static async Task ProgramsHaveItAsync(Dashboard dashboard, string token, string viewer, string hostname)
    {
        using var program = new HttpClient { BaseAddress = new Uri(dashboard.Address), Timeout = TimeSpan.FromMinutes(3) };
        program.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var archive = Path.GetFileName(Directory.EnumerateFiles(Path.Combine(dashboard.Folder, "storage/local/dump"), "*.vma.zst").Single());
        var call = $"/api/v1/archives/local/{archive}/disks";
        Assert.Contains("\"name\":\"scsi0\",\"size\":67108864,\"isUnpacked\":true", await program.GetStringAsync(call, Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await program.PostAsync(call + "/scsi0/unpack", null, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await program.PostAsync(call + "/scsi9/unpack", null, Cancellation)).StatusCode);
        Assert.Contains("\"device\":\"/dev/sda\",\"fileSystem\":\"ext4\"", await program.GetStringAsync(call + "/scsi0/volumes", Cancellation), StringComparison.Ordinal);
        Assert.Contains("\"path\":\"etc/hostname\",\"kind\":\"file\"", await program.GetStringAsync(call + "/scsi0/files?volume=/dev/sda&path=etc", Cancellation), StringComparison.Ordinal);
        Assert.Equal(hostname, (await program.GetStringAsync(call + "/scsi0/files/content?volume=/dev/sda&path=etc/hostname", Cancellation)).Trim());
        Assert.Equal(HttpStatusCode.NotFound, (await program.GetAsync(call + "/scsi0/files?volume=/dev/sda&path=nowhere", Cancellation)).StatusCode);
        program.DefaultRequestHeaders.Authorization = new("Bearer", viewer);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync(call, Cancellation)).StatusCode);
        foreach (var path in (string[])["/scsi0/volumes", "/scsi0/image", "/scsi0/files?volume=/dev/sda", "/scsi0/files/content?volume=/dev/sda&path=etc/hostname"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await program.GetAsync(call + path, Cancellation)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await program.PostAsync(call + "/scsi0/unpack", null, Cancellation)).StatusCode);
    }
}
