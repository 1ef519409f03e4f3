namespace VzDump.Web.Shell;

/// <summary>
/// Once the program has been told to end, nobody comes in any more, and who is in leaves soon. The server waits for its open connections as
/// long as a run may need to put its guests right; a page that lost its connection comes back at once, to a circuit that nobody would close.
/// </summary>
internal sealed class ClosingDoor(RequestDelegate next, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // Hubs and circuits say goodbye when the end begins; this is for what does not.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public async Task InvokeAsync(HttpContext context)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "5";
            context.Response.Headers.Connection = "close";
            return;
        }

        using var left = new CancellationTokenSource();
        await using var stopping = lifetime.ApplicationStopping.UnsafeRegister(_ => AbortLater(context, left), null);
        try
        {
            await next(context);
        }
        finally
        {
            await left.CancelAsync();
        }
    }

    private void AbortLater(HttpContext context, CancellationTokenSource left) => _ = AbortLaterAsync(context, left.Token);

    private async Task AbortLaterAsync(HttpContext context, CancellationToken left)
    {
        try
        {
            await Task.Delay(Grace, time, left);
            context.Abort();
        }
        catch (OperationCanceledException)
        {
            // It ended by itself.
        }
    }
}
