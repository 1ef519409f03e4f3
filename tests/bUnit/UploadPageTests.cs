using Bunit;
using VzDump.Web.SignIn;
using VzDump.Web.Uploads;

namespace VzDump.Tests.bUnit;

public sealed class UploadPageTests : NodePage
{
    [Fact]
    public async Task Storages_that_can_take_an_archive_are_offered_and_each_file_has_its_state()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        var page = Render<UploadPage>();
        page.WaitForAssertion(() => Assert.Equal(["local"], page.FindAll("option").Select(option => option.GetAttribute("value"))), Patience);

        await page.InvokeAsync(() => page.Instance.Begun("vzdump-lxc-101-2026_08_22-03_00_00.tar.zst", 4 << 20));
        page.WaitForAssertion(() => Assert.Contains("waits for its turn", page.Find("[data-testid=upload-state]").TextContent), Patience);
        Assert.Contains("container 101", page.Find("[data-testid=upload-row]").TextContent);
        await page.InvokeAsync(() => page.Instance.Told("vzdump-lxc-101-2026_08_22-03_00_00.tar.zst", "sending", 1 << 20, 4 << 20, null));
        Assert.Contains("1.00 MiB of 4.00 MiB", page.Find("[data-testid=upload-state]").TextContent);
        Assert.Contains("Cancel", page.Find("[data-testid=upload-row]").TextContent);
        await page.InvokeAsync(() => page.Instance.Told("vzdump-lxc-101-2026_08_22-03_00_00.tar.zst", "checking", 2 << 20, 4 << 20, null));
        Assert.Contains("is checked: 50 %", page.Find("[data-testid=upload-state]").TextContent);
        await page.InvokeAsync(() => page.Instance.Told("vzdump-lxc-101-2026_08_22-03_00_00.tar.zst", "damaged", 4 << 20, 4 << 20, "It is not sound."));
        Assert.Contains("It is not sound.", page.Find("[data-testid=upload-state]").TextContent);
        Assert.DoesNotContain("Cancel", page.Find("[data-testid=upload-row]").TextContent);
        await page.InvokeAsync(() => page.Instance.Told("vzdump-lxc-101-2026_08_22-03_00_00.tar.zst", "done", 4 << 20, 4 << 20, null));
        Assert.Equal("/archives?guest=101", page.Find("[data-testid=upload-row] a").GetAttribute("href"));
    }

    [Fact]
    public void Where_no_storage_can_take_one_that_is_said()
    {
        Write("storage.cfg", $"dir: gone\n\tpath {Folder}/gone\n\tcontent backup\n\tis_mountpoint 1\n");
        var page = Render<UploadPage>();
        page.WaitForAssertion(() => Assert.Contains("No storage can take an archive now", page.Markup), Patience);
    }

    [Fact]
    public async Task A_viewer_is_told_that_he_may_not()
    {
        await SignInAsync("carl", Role.Viewer);
        var page = Render<UploadPage>();
        page.WaitForAssertion(() => Assert.Contains("Your role may not do this", page.Markup), Patience);
    }
}
