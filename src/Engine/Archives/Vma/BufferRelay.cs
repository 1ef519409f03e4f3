using System.Threading.Channels;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Fills and drains a few buffers in turn, so that the source and the destination work at the same time.</summary>
internal static class BufferRelay
{
    /// <summary>Two buffers overlap both sides; the third takes up their unevenness.</summary>
    public const int Depth = 3;

    /// <summary>Ends when <paramref name="fill"/> has answered false and everything is drained. Both sides have ended in any case.</summary>
    public static async Task RunAsync<T>(
        IEnumerable<T> buffers,
        Func<T, CancellationToken, ValueTask<bool>> fill,
        Func<T, CancellationToken, ValueTask> drain,
        CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var (free, full) = (Channel.CreateUnbounded<T>(), Channel.CreateUnbounded<T>());  // the buffers are the bound
        foreach (var buffer in buffers)
        {
            free.Writer.TryWrite(buffer);
        }

        // The side that fails stops the other; WhenAll then tells the failure and not the other's cancellation.
        await Task.WhenAll(
            Task.Run(() => OrStopAsync(FillAsync(free.Reader, full.Writer, fill, stop.Token), stop), CancellationToken.None),
            Task.Run(() => OrStopAsync(DrainAsync(full.Reader, free.Writer, drain, stop.Token), stop), CancellationToken.None));
    }

    private static async Task FillAsync<T>(
        ChannelReader<T> free, ChannelWriter<T> full, Func<T, CancellationToken, ValueTask<bool>> fill, CancellationToken stop)
    {
        while (await free.ReadAsync(stop) is var buffer && await fill(buffer, stop))
        {
            full.TryWrite(buffer);
        }

        full.Complete();
    }

    private static async Task DrainAsync<T>(
        ChannelReader<T> full, ChannelWriter<T> free, Func<T, CancellationToken, ValueTask> drain, CancellationToken stop)
    {
        await foreach (var buffer in full.ReadAllAsync(stop))
        {
            stop.ThrowIfCancellationRequested();
            await drain(buffer, stop);
            free.TryWrite(buffer);
        }
    }

    private static async Task OrStopAsync(Task side, CancellationTokenSource stop)
    {
        try
        {
            await side;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }
}
