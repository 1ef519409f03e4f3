using System.IO.Compression;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class BrowseTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task One_file_and_a_selection_come_out_of_a_containers_archive()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101);
        await Expect(page.State).ToContainTextAsync("succeeded", new() { Timeout = 120_000, IgnoreCase = true });
        var (ofCarl, ofBert) = (await page.AddPersonAsync("carl", "Viewer"), await page.AddPersonAsync("bert", "Operator", "100"));

        await page.GotoAsync("/archives");
        await page.GetByTestId("archive-row").First.GetByRole(AriaRole.Button).ClickAsync();
        await page.Locator(".mud-menu-item").GetByText("Browse the files", new() { Exact = true }).ClickAsync();
        await page.GetByTestId("entry").Locator("a", new() { HasTextString = "etc" }).First.ClickAsync();
        await Expect(page.GetByTestId("trail")).ToContainTextAsync("etc");
        await page.GetByRole(AriaRole.Button, new() { Name = "hostname", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("preview")).ToContainTextAsync("sample");
        var shown = await page.GetByTestId("preview").InnerTextAsync();
        var one = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download", Exact = true }).ClickAsync());
        Assert.Equal("hostname", one.SuggestedFilename);
        // Not every Chromium keeps downloads when nobody watches it: what it was offered is fetched with its cookies.
        Assert.Equal(shown.Trim(), (await (await page.Context.APIRequest.GetAsync(one.Url)).TextAsync()).Trim());
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).Last.ClickAsync();

        await page.GetByTestId("entry").Filter(new() { HasText = "hostname" }).GetByRole(AriaRole.Checkbox).CheckAsync();
        var several = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download as zip" }).ClickAsync());
        Assert.Equal("hostname.zip", several.SuggestedFilename);
        var form = page.GetByTestId("taken");
        var fields = page.Context.APIRequest.CreateFormData();
        foreach (var field in await form.Locator("input[type=hidden]").AllAsync())
        {
            fields.Append((await field.GetAttributeAsync("name"))!, (await field.GetAttributeAsync("value"))!);
        }

        fields.Append("format", "zip");
        var taken = await page.Context.APIRequest.PostAsync(dashboard.Address + "/archives/files", new() { Form = fields });
        await using (var zip = new ZipArchive(new MemoryStream(await taken.BodyAsync())))
        {
            Assert.Equal(["etc/hostname"], zip.Entries.Select(entry => entry.FullName));
        }

        // Without its token nobody can make a visitor's browser ask for it.
        var stranger = page.Context.APIRequest.CreateFormData();
        stranger.Append("archive", (await form.Locator("input[name=archive]").GetAttributeAsync("value"))!);
        stranger.Append("path", "etc/hostname");
        stranger.Append("format", "zip");
        Assert.Equal(400, (await page.Context.APIRequest.PostAsync(dashboard.Address + "/archives/files", new() { Form = stranger })).Status);

        await page.GetByTestId("trail").GetByRole(AriaRole.Link).First.ClickAsync();
        await page.GetByPlaceholder("Find files by name").FillAsync("HOSTNAME");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("entry").Filter(new() { HasText = "/etc" })).ToHaveCountAsync(1);
        var address = page.Url;
        var file = await page.GetByTestId("entry").First.GetByRole(AriaRole.Link, new() { Name = "Download hostname" }).GetAttributeAsync("href");

        // A viewer sees the names and nothing of the files; who may not see the guest sees no archive.
        var carl = await browser.VisitAsync(dashboard);
        await carl.SignInAsync("carl", ofCarl);
        await carl.GotoAsync(address);
        await Expect(carl.GetByTestId("entry").Filter(new() { HasText = "hostname" })).ToHaveCountAsync(1);
        await Expect(carl.GetByTestId("entry").GetByRole(AriaRole.Link, new() { Name = "Download hostname" })).ToHaveCountAsync(0);
        Assert.NotEqual(200, (await carl.Context.APIRequest.GetAsync(dashboard.Address + file, new() { MaxRedirects = 0 })).Status);
        var bert = await browser.VisitAsync(dashboard);
        await bert.GotoAsync("/signin");
        await bert.TypeSignInAsync("bert", ofBert);
        await Expect(bert.GetByRole(AriaRole.Heading, new() { Level = 1 }).First).ToBeVisibleAsync();
        await bert.WaitForURLAsync(url => !url.Contains("/signin", StringComparison.Ordinal));
        await bert.GotoAsync(address);
        await Expect(bert.GetByText("There is no such archive any more.")).ToBeVisibleAsync();
        Assert.Equal(404, (await bert.Context.APIRequest.GetAsync(dashboard.Address + file, new() { MaxRedirects = 0 })).Status);

        // Programs have it with a token.
        var token = await page.MakeTokenAsync("files", "Operator");
        using var program = new HttpClient { BaseAddress = new Uri(dashboard.Address) };
        program.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var call = "/api/v1" + address[address.IndexOf("archive=", StringComparison.Ordinal)..].Split('&')[0].Replace("archive=local%3Abackup%2F", "/archives/local/", StringComparison.Ordinal) + "/files";
        Assert.Contains("\"path\":\"etc/hostname\",\"kind\":\"file\"", await program.GetStringAsync(call + "?path=etc", TestContext.Current.CancellationToken));
        Assert.Equal(shown.Trim(), (await program.GetStringAsync(call + "/content?path=etc/hostname", TestContext.Current.CancellationToken)).Trim());

        await page.GotoAsync("/settings/audit");
        await Expect(page.GetByTestId("audit-row").Filter(new() { HasText = "files downloaded" })).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("audit-row").Filter(new() { HasText = "file downloaded" })).ToHaveCountAsync(3);
    }
}
