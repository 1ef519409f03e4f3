using System.Diagnostics;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using VzDump.Web.Browsing;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

public sealed class BrowsePageTests : NodePage
{
    private const string Name = "vzdump-lxc-101-2026_08_22-03_00_00.tar";

    private string Dump => Path.Combine(Folder, "local/dump");

    [Fact]
    public async Task An_archive_is_read_and_its_root_shown()
    {
        await PackAsync("mkdir -p etc var/empty && echo web > etc/hostname && ln -s etc/hostname link && chmod 4750 etc/hostname");
        var page = Open();
        page.WaitForAssertion(() => Assert.Equal(["etc", "var", "link"], page.FindAll("[data-testid=entry]").Select(row => row.GetAttribute("data-path"))), Patience);
        Assert.Contains("5 entries, 4 B", page.Find("[data-testid=tree-summary]").TextContent);
        Assert.Contains("→ etc/hostname", page.FindAll("[data-testid=entry]")[2].TextContent);
        Assert.NotEmpty(page.FindAll("input[type=checkbox]"));
    }

    [Fact]
    public async Task A_folder_and_a_search_stand_in_the_address()
    {
        await PackAsync("mkdir -p etc var/empty && echo web > etc/hostname && touch -d @0 var/Hostname && chmod 4750 etc/hostname");
        var page = Open("&path=etc");
        page.WaitForAssertion(() => Assert.Contains("rwsr-x---", page.Find("[data-path='etc/hostname']").TextContent), Patience);
        page.Find("input[type=search]").Change("nothing like it");
        page.WaitForAssertion(() => Assert.Contains("No file bears this name", page.Markup), Patience);
        Assert.EndsWith("path=etc&find=nothing%20like%20it", Navigation.Uri);
    }

    [Fact]
    public async Task An_empty_folder_says_so_and_one_that_is_not_there_too()
    {
        await PackAsync("mkdir -p var/empty");
        var empty = Open("&path=var/empty");
        empty.WaitForAssertion(() => Assert.Contains("The folder is empty", empty.Markup), Patience);
        var gone = Open("&path=var/../etc/gone");
        gone.WaitForAssertion(() => Assert.NotEmpty(gone.FindAll("[data-path=var]")), Patience); // no path: the root
        var none = Open("&path=nowhere");
        none.WaitForAssertion(() => Assert.Contains("There is no folder", none.Markup), Patience);
    }

    [Fact]
    public async Task A_damaged_archive_shows_what_stands_before_the_damage()
    {
        await PackAsync("echo 1 > a && head -c 100000 /dev/urandom > b");
        await using (var file = File.OpenWrite(Path.Combine(Dump, Name)))
        {
            file.SetLength(50_000);
        }

        var page = Open();
        page.WaitForAssertion(() => Assert.Equal(["a"], page.FindAll("[data-testid=entry]").Select(row => row.GetAttribute("data-path"))), Patience);
        Assert.Contains("The archive is damaged", page.Markup);
    }

    [Fact]
    public async Task What_is_ticked_stays_ticked_in_other_folders_and_can_be_downloaded_together()
    {
        await PackAsync("mkdir etc && echo 1 > etc/one && echo 2 > two");
        var page = Open();
        page.WaitForElement("input[aria-label='Select two']", Patience).Change(true);
        page.WaitForAssertion(() => Assert.Contains("1 selected", page.Find("[data-testid=taken]").TextContent), Patience);
        Assert.Equal(["two"], page.FindAll("[data-testid=taken] input[name=path]").Select(field => field.GetAttribute("value")));
    }

    [Fact]
    public async Task A_viewer_sees_names_and_can_take_nothing()
    {
        await PackAsync("echo 1 > one");
        await SignInAsync("carl", Role.Viewer);
        var page = Open();
        page.WaitForAssertion(() => Assert.Single(page.FindAll("[data-testid=entry]")), Patience);
        Assert.Empty(page.FindAll("input[type=checkbox], [data-testid=entry] button, [data-testid=entry] a"));
    }

    [Fact]
    public async Task Of_a_guest_that_is_not_his_there_is_no_archive()
    {
        await PackAsync("echo 1 > one");
        await SignInAsync("bert", Role.Operator, "100");
        var page = Open();
        page.WaitForAssertion(() => Assert.Contains("There is no such archive any more.", page.Markup), Patience);
    }

    [Fact]
    public void A_preview_shows_text_and_nothing_else()
    {
        Assert.Equal(new FilePreview("größe\n", true), FilePreview.Of("größe\n"u8, 8));
        Assert.Equal(new FilePreview("gr", false), FilePreview.Of("gr\u00f6"u8[..3], 8));
        Assert.Null(FilePreview.Of("a\0b"u8, 3).Text);
        Assert.Null(FilePreview.Of([0xFF, 0xFE, (byte)'a', 0x80], 4).Text);
        Assert.Equal(new FilePreview("", true), FilePreview.Of([], 0));
    }

    private IRenderedComponent<BrowsePage> Open(string more = "")
    {
        Navigation.NavigateTo($"/archives/browse?archive=local:backup/{Name}{more}");
        return Render<BrowsePage>();
    }

    private async Task PackAsync(string script)
    {
        Directory.CreateDirectory(Dump);
        using var tar = Process.Start(new ProcessStartInfo("/bin/bash", ["-euc", $"mkdir \"$1/tree\" && cd \"$1/tree\" && {script} && tar cf \"$2/{Name}\" --sort=name *", "_", Folder, Dump]))!;
        await tar.WaitForExitAsync(Cancellation);
        Assert.Equal(0, tar.ExitCode);
    }
}
