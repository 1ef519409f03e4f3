using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class UploadTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = 60_000, IgnoreCase = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_archive_that_was_taken_away_is_uploaded_again_and_a_damaged_one_is_not_taken_over()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var (page, archive) = await BackUpAsync(dashboard);
        var elsewhere = Path.Combine(dashboard.Folder, Path.GetFileName(archive));
        File.Move(archive, elsewhere);
        var damaged = Path.Combine(dashboard.Folder, "vzdump-lxc-101-2026_01_02-03_04_05.tar.zst");
        var bytes = await File.ReadAllBytesAsync(elsewhere, Cancellation);
        await File.WriteAllBytesAsync(damaged, bytes[..^100], Cancellation);
        var strange = Path.Combine(dashboard.Folder, "vzdump-lxc-before the upgrade.tar.zst");
        await File.WriteAllBytesAsync(strange, bytes, Cancellation);

        await page.GotoAsync("/archives");
        await page.GetByRole(AriaRole.Link, new() { Name = "Upload" }).ClickAsync();
        await Expect(page.GetByTestId("upload-files")).ToBeEnabledAsync();
        await page.GetByTestId("upload-files").SetInputFilesAsync([elsewhere, damaged, strange]);
        var states = page.GetByTestId("upload-row");
        await Expect(states.Filter(new() { HasText = Path.GetFileName(elsewhere) }).GetByTestId("upload-state")).ToContainTextAsync("taken over", Patient);
        await Expect(states.Filter(new() { HasText = "2026_01_02" }).GetByTestId("upload-state")).ToContainTextAsync("not sound", Patient);
        await Expect(states.Filter(new() { HasText = "before the upgrade" }).GetByTestId("upload-state")).ToContainTextAsync("no name that vzdump gives", Patient);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(archive, Cancellation));
        Assert.Equal([Path.GetFileName(archive)], Archives(dashboard));
        Assert.Empty(Halves(dashboard));

        // The same again is refused; nothing is replaced.
        await page.GetByTestId("upload-files").SetInputFilesAsync([elsewhere]);
        await Expect(states.Filter(new() { HasText = Path.GetFileName(elsewhere) }).GetByTestId("upload-state")).ToContainTextAsync("already", Patient);
        await page.GotoAsync("/archives");
        await Expect(page.GetByTestId("archive-row")).ToHaveCountAsync(1);

        var ofCarl = await page.AddPersonAsync("carl", "Viewer");
        var carl = await browser.VisitAsync(dashboard);
        await carl.SignInAsync("carl", ofCarl);
        await carl.GotoAsync("/archives");
        await Expect(carl.GetByTestId("archive-row")).ToHaveCountAsync(1);
        await Expect(carl.GetByRole(AriaRole.Link, new() { Name = "Upload" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_has_come_stays_when_the_connection_breaks_or_the_program_is_killed_and_the_upload_goes_on()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var (page, archive) = await BackUpAsync(dashboard);
        var bytes = await File.ReadAllBytesAsync(archive, Cancellation);
        File.Delete(archive);
        var (token, viewer) = (await page.MakeTokenAsync("uploads", "Operator"), await page.MakeTokenAsync("looks", "Viewer"));
        var call = $"/api/v1/storages/local/uploads/{Path.GetFileName(archive)}";
        var half = bytes.Length / 2;
        using (var program = Client(dashboard, token))
        {
            Assert.Equal(0, await ReceivedAsync(await program.PostAsJsonAsync(call, new { size = bytes.Length }, Cancellation)));
            Assert.Equal(half, await ReceivedAsync(await program.PutAsync(call + "?offset=0", new ByteArrayContent(bytes[..half]), Cancellation)));

            // A piece that belongs elsewhere is not taken, and the right place is answered; more than was announced is not taken either.
            var wrong = await program.PutAsync(call + "?offset=7", new ByteArrayContent(bytes[7..]), Cancellation);
            Assert.Equal((HttpStatusCode.PreconditionFailed, (long)half), (wrong.StatusCode, await ReceivedAsync(wrong)));
            Assert.Equal(HttpStatusCode.Conflict, (await program.PutAsync(call + $"?offset={half}", new ByteArrayContent([.. bytes[half..], 1, 2]), Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.Conflict, (await program.PostAsync(call + "/finish", null, Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await program.PostAsJsonAsync(call, new { size = -1 }, Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.Conflict, (await program.PostAsJsonAsync(call.Replace("lxc-101", "lxc-777", StringComparison.Ordinal), new { size = 1L << 60 }, Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await program.PostAsJsonAsync("/api/v1/storages/local/uploads/passwd", new { size = 5 }, Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.Conflict, (await program.PostAsJsonAsync(call.Replace("/local/", "/nowhere/", StringComparison.Ordinal), new { size = 5 }, Cancellation)).StatusCode);
        }

        using (var looks = Client(dashboard, viewer))
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await looks.PostAsJsonAsync(call, new { size = bytes.Length }, Cancellation)).StatusCode);
        }

        Assert.Empty(Archives(dashboard));
        dashboard.Kill();
        await dashboard.StartAsync();

        // Now the browser goes on with it: it is asked where, and only the rest is sent.
        var elsewhere = Path.Combine(dashboard.Folder, Path.GetFileName(archive));
        await File.WriteAllBytesAsync(elsewhere, bytes, Cancellation);
        var again = await browser.VisitAsync(dashboard);
        await again.SignInAsync();
        var sent = new List<string>();
        var broken = 0;
        await again.RouteAsync("**/uploads/**", async route =>
        {
            if (route.Request.Method == "PUT")
            {
                sent.Add(new Uri(route.Request.Url).Query);
                if (broken++ == 0)
                {
                    await route.AbortAsync("connectionreset");
                    return;
                }
            }

            await route.ContinueAsync();
        });
        await again.GotoAsync("/archives/upload");
        await Expect(again.GetByTestId("upload-files")).ToBeEnabledAsync();
        await again.GetByTestId("upload-files").SetInputFilesAsync([elsewhere]);
        await Expect(again.GetByTestId("upload-state")).ToContainTextAsync("taken over", Patient);
        Assert.Equal(2, sent.Count);
        var from = int.Parse(sent[1]["?offset=".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(from, half, bytes.Length - 1);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(archive, Cancellation));
        Assert.Empty(Halves(dashboard));

        // A piece may have 64 MiB, and no more.
        using var last = Client(dashboard, token);
        var large = call.Replace("lxc-101", "lxc-556", StringComparison.Ordinal);
        await ReceivedAsync(await last.PostAsJsonAsync(large, new { size = 100 << 20 }, Cancellation));
        Assert.Equal(64 << 20, await ReceivedAsync(await last.PutAsync(large + "?offset=0", new ByteArrayContent(new byte[64 << 20]), Cancellation)));
        using var tooLarge = new HttpRequestMessage(HttpMethod.Put, large + $"?offset={64 << 20}") { Content = new ByteArrayContent(new byte[(64 << 20) + 1]), Headers = { ExpectContinue = true } };
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await last.SendAsync(tooLarge, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await last.DeleteAsync(large, Cancellation)).StatusCode);

        // One that is cancelled leaves nothing.
        var other = call.Replace("lxc-101", "lxc-555", StringComparison.Ordinal);
        await ReceivedAsync(await last.PostAsJsonAsync(other, new { size = 100 }, Cancellation));
        await ReceivedAsync(await last.PutAsync(other + "?offset=0", new ByteArrayContent(bytes[..50]), Cancellation));
        Assert.NotEmpty(Halves(dashboard));
        Assert.Equal(HttpStatusCode.NoContent, (await last.DeleteAsync(other, Cancellation)).StatusCode);
        Assert.Empty(Halves(dashboard));
        Assert.Equal(HttpStatusCode.NotFound, (await last.GetAsync(other, Cancellation)).StatusCode);
    }

    private async Task<(IPage Page, string Archive)> BackUpAsync(Dashboard dashboard)
    {
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101);
        await Expect(page.State).ToContainTextAsync("succeeded", Patient);
        return (page, Directory.EnumerateFiles(Dump(dashboard), "*.tar.zst").Single());
    }

    private static string Dump(Dashboard dashboard) => Path.Combine(dashboard.Folder, "storage/local/dump");

    private static IEnumerable<string?> Archives(Dashboard dashboard) => Directory.EnumerateFiles(Dump(dashboard), "*.tar.zst").Select(Path.GetFileName);

    private static IEnumerable<string> Halves(Dashboard dashboard) => Directory.EnumerateFiles(Path.Combine(Dump(dashboard), ".vzdump-web-uploads"));

    private static HttpClient Client(Dashboard dashboard, string token)
    {
        var client = new HttpClient { BaseAddress = new Uri(dashboard.Address) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    private static async Task<long> ReceivedAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        using var read = JsonDocument.Parse(text);
        return read.RootElement.TryGetProperty("received", out var received) ? received.GetInt64() : throw new InvalidOperationException(text);
    }
}
