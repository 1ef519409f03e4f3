using System.Diagnostics;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Web.Browsing;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class PutBackDialogTests : NodePage
{
    private const string Name = "vzdump-lxc-101-2026_08_22-03_00_00.tar";

    [Fact]
    public async Task It_says_what_goes_where_and_that_there_is_no_way_back()
    {
        var page = await OpenAsync();
        page.WaitForAssertion(() => Assert.Contains("1 file, folder or link, 2 B, into web", page.Find("[data-testid=put-plan]").TextContent), Patience);
        Assert.Contains("There is no way back", page.Markup);

        page.FindAll("input[type=radio]")[1].Change(true);
        page.WaitForAssertion(() => Assert.Equal("/restored-2026-08-22", page.Find("[data-testid=put-folder]").GetAttribute("value")), Patience);
        Assert.DoesNotContain("There is no way back", page.Markup);
        page.Find("[data-testid=put-folder]").Change("/../etc");
        page.WaitForAssertion(() => Assert.Contains("is no folder to put files into", page.Find("[role=alert]").TextContent), Patience);
        Assert.True(page.FindAll("button").First(button => button.TextContent.Contains("Put beside", StringComparison.Ordinal)).HasAttribute("disabled"));
    }

    [Fact]
    public async Task Who_has_no_container_is_told_so()
    {
        File.Delete(Path.Combine(Folder, "lxc/101.conf"));
        var page = await OpenAsync();
        page.WaitForAssertion(() => Assert.Contains("There is no container to put files into", page.Find("[role=alert]").TextContent), Patience);
    }

    [Fact]
    public async Task A_viewer_has_no_way_to_it()
    {
        await SignInAsync("carl", Role.Viewer);
        var page = await BrowseAsync();
        page.WaitForAssertion(() => Assert.Single(page.FindAll("[data-testid=entry]")), Patience);
        Assert.DoesNotContain("Put back", page.Markup);
    }

    private async Task<IRenderedComponent<IComponent>> OpenAsync()
    {
        var provider = Render<MudDialogProvider>();
        var page = await BrowseAsync();
        page.WaitForElement("input[aria-label='Select one']", Patience).Change(true);
        page.WaitForElement("[data-testid=taken] button[type=button]", Patience).Click();
        return provider;
    }

    private async Task<IRenderedComponent<BrowsePage>> BrowseAsync()
    {
        var dump = Directory.CreateDirectory(Path.Combine(Folder, "local/dump")).FullName;
        using var tar = Process.Start(new ProcessStartInfo("/bin/bash", ["-euc", $"mkdir \"$1/tree\" && cd \"$1/tree\" && echo 1 > one && tar cf \"$2/{Name}\" one", "_", Folder, dump]))!;
        await tar.WaitForExitAsync(Cancellation);
        Navigation.NavigateTo($"/archives/browse?archive=local:backup/{Name}");
        return Render<BrowsePage>();
    }
}
