using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

namespace VzDump.Tests.EndToEnd;

public sealed class HubTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_program_outside_the_browser_gets_every_line_of_a_run_once_and_in_order()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101, kibPerSecond: 3000);
        var run = Guid.Parse(page.Url.Split('/')[^1].Split('?')[0]);
        var cookies = string.Join("; ", (await page.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        await using var hub = new HubConnectionBuilder().WithUrl($"{dashboard.Address}/hubs/runs", options => options.Headers["Cookie"] = cookies).Build();
        await hub.StartAsync(TestContext.Current.CancellationToken);

        var numbers = new List<long>();
        var states = new List<string>();
        await foreach (var message in hub.StreamAsync<JsonElement>("WatchRun", run, 0L, TestContext.Current.CancellationToken))
        {
            states.Add(message.GetProperty("state").GetString()!);
            numbers.AddRange(message.GetProperty("newLines").EnumerateArray().Select(line => line.GetProperty("number").GetInt64()));
        }

        Assert.Contains("running", states);
        Assert.Equal("succeeded", states[^1]);
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => (long)number), numbers);
        Assert.True(numbers.Count > 8);
    }
}
