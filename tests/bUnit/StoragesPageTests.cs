using Bunit;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine;
using VzDump.Web.SignIn;
using VzDump.Web.Storages;

namespace VzDump.Tests.bUnit;

public sealed class StoragesPageTests : NodePage
{
    [Fact]
    public async Task A_storage_tells_its_folder_space_archives_and_retention()
    {
        WriteArchive(101, "2026_08_20-03_00_00", 3 << 20);
        var row = await RowAsync("local");
        foreach (var text in new[] { "local", "dir", $"{Folder}/local/dump", "active", "free of", "1 archive", "3.00 MiB", "the last 1" })
        {
            Assert.Contains(text, row.TextContent);
        }

        Assert.Equal("/archives?storage=local", row.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public async Task One_that_cannot_be_used_says_why() => Assert.Contains("is not for this node", (await RowAsync("nas")).TextContent);

    [Fact]
    public async Task The_test_makes_a_storage_ready_as_a_backup_would_and_says_so()
    {
        Directory.Delete(Path.Combine(Folder, "local/dump"));
        var page = await OpenAsync();
        await PressAsync(page, "button[aria-label='Test local']");
        page.WaitForAssertion(() => Assert.Contains("Ready for backups", page.Find("[data-storage=local] [data-testid=tested]").TextContent), Patience);
        Assert.True(Directory.Exists(Path.Combine(Folder, "local/dump")));
        await PressAsync(page, "button[aria-label='Test nas']");
        page.WaitForAssertion(() => Assert.Contains("The test failed: The storage 'nas' is not for this node", page.Find("[data-storage=nas] [data-testid=tested]").TextContent), Patience);
    }

    [Fact]
    public async Task Without_storages_it_says_how_to_add_one_and_a_broken_file_is_told()
    {
        Write("storage.cfg", "");
        var page = Render<StoragesPage>();
        page.WaitForAssertion(() => Assert.Contains("No storage for backups yet", page.Markup), Patience);
        Write("storage.cfg", "dir local\n");
        var broken = Render<StoragesPage>();
        await broken.WaitForElementAsync(".problems", Patience);
    }

    [Fact]
    public async Task Only_an_administrator_tests()
    {
        await SignInAsync("vera", Role.Viewer);
        Assert.Empty((await RowAsync("local")).QuerySelectorAll("button"));
        var rights = await Services.GetRequiredService<Visitor>().RightsAsync(Cancellation);
        await Assert.ThrowsAsync<ProblemException>(() => Services.GetRequiredService<StorageDesk>().TestAsync(rights, "local", Cancellation));
    }

    private async Task<AngleSharp.Dom.IElement> RowAsync(string storage) => (await OpenAsync()).Find($"[data-storage={storage}]");

    private async Task<IRenderedComponent<StoragesPage>> OpenAsync()
    {
        var page = Render<StoragesPage>();
        await page.WaitForElementAsync("[data-testid=storage-row]", Patience);
        return page;
    }
}
