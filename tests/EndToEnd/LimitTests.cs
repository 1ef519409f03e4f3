using System.Net;

namespace VzDump.Tests.EndToEnd;

public sealed class LimitTests
{
    [Theory]
    [InlineData("GET", "/api/v1/guests", "--Limits:CallsPerMinute=5")]
    [InlineData("GET", "/metrics", "--Limits:CallsPerMinute=5")]
    [InlineData("POST", "/signin", "--Limits:SignInsPerMinute=5")]
    [InlineData("POST", "/signin/code", "--Limits:SignInsPerMinute=5")]
    [InlineData("POST", "/welcome", "--Limits:SignInsPerMinute=5")]
    public async Task Who_calls_or_tries_passwords_too_often_is_told_to_wait(string method, string path, string limit)
    {
        await using var dashboard = await Dashboard.StartNewAsync(limit);
        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(dashboard.Address) };
        HttpResponseMessage? last = null;
        for (var count = 0; count < 100 && last?.StatusCode is not HttpStatusCode.TooManyRequests; count++)
        {
            // Of each minute five: on a machine that is so slow that minutes pass, the tries are many.
            last = await stranger.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, last!.StatusCode);
        Assert.InRange(last.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("application/problem+json", last.Content.Headers.ContentType?.MediaType);
        Assert.Equal("ok", await stranger.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
    }
}
