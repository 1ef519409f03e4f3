using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class EndingTests(Browser browser) : IClassFixture<Browser>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // What loses its connection tries again at once, and finds the program still at work on a run's clean-up.
    [Fact]
    public async Task Who_comes_back_while_the_program_ends_does_not_hold_it_up()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var hook = Path.Combine(dashboard.Folder, "hook");
        await File.WriteAllTextAsync(hook, $"#!/bin/sh\n[ \"$1\" = backup-abort ] && while [ ! -e '{dashboard.Folder}/go' ]; do sleep 0.1; done\nexit 0\n", Cancellation);
        File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await File.AppendAllTextAsync(Path.Combine(dashboard.Folder, "vzdump.conf"), $"script: {hook}\n", Cancellation);
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101, kibPerSecond: 200);
        await Expect(page.Lines.Filter(new() { HasText = "creating vzdump archive" })).ToHaveCountAsync(1);
        var cookies = string.Join("; ", (await page.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));

        var end = dashboard.EndAsync();
        var refused = 0;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            await using var hub = new HubConnectionBuilder().WithUrl($"{dashboard.Address}/hubs/runs", options => options.Headers["Cookie"] = cookies).Build();
            try
            {
                await hub.StartAsync(Cancellation);
            }
            catch (HttpRequestException)
            {
                refused++;
            }
            catch (Exception error) when (error is WebSocketException or IOException)
            {
                // It was on its way in when the door closed.
            }

            await Task.Delay(100, Cancellation);
        }

        await File.WriteAllTextAsync(Path.Combine(dashboard.Folder, "go"), "", Cancellation);
        Assert.Equal(0, await end);
        Assert.True(refused > 0, "nobody was refused");
    }
}
