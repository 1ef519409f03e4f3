using System.Diagnostics;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

public sealed class ProcessHandleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_end_of_a_process_is_seen_and_not_before()
    {
        using var sleep = Sleep();
        using var handle = ProcessHandle.TryOpen(sleep.Id);
        Assert.NotNull(handle);
        Assert.False(handle.HasExited);
        Assert.False(await handle.WaitForExitAsync(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancellation));
        var waiting = handle.WaitForExitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancellation);

        sleep.Kill();

        Assert.True(await waiting);
        Assert.True(handle.HasExited);
    }

    [Fact]
    public async Task A_wait_ends_with_its_cancellation_and_nothing_is_found_where_no_process_is()
    {
        using var sleep = Sleep();
        using var handle = ProcessHandle.TryOpen(sleep.Id);
        using var cancel = new CancellationTokenSource();
        var waiting = handle!.WaitForExitAsync(TimeSpan.FromMinutes(5), TimeProvider.System, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        sleep.Kill();
        Assert.Null(ProcessHandle.TryOpen(int.MaxValue));
    }

    // Its output is not ours: left over, it would hold that open.
    private static Process Sleep() => Process.Start(new ProcessStartInfo("sleep", ["60"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
}
