using System.Threading.Channels;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Fills and drains a few buffers in turn, so that the source and the destination work at the same time.</summary>
internal static class BufferRelay
{
    /// <summary>Two buffers overlap both sides; the third takes up their unevenness.</summary>
    public const int Depth = 3;

    /// <summary>Ends when <paramref name="fill"/> has nothing left and everything is drained. Whatever was begun has ended in any case.</summary>
    /// <param name="fill">Begins to fill a buffer; what it answers ends when the buffer is full, and the next one is begun meanwhile. Null when nothing is left.</param>
    /// <param name="drain">Empties a full buffer; one after another, in the order in which they were begun.</param>
    public static async Task RunAsync<T>(
        IEnumerable<T> buffers,
        Func<T, CancellationToken, ValueTask<Task?>> fill,
        Func<T, CancellationToken, ValueTask> drain,
        CancellationToken cancellation)
        where T : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var (free, full) = (Channel.CreateUnbounded<T>(), Channel.CreateUnbounded<(T, Task)>());  // the buffers are the bound
        foreach (var buffer in buffers)
        {
            free.Writer.TryWrite(buffer);
        }

        var filling = new Dictionary<T, Task>();  // what was begun last with each buffer
        Task[] sides =
        [
            Task.Run(() => OrStopAsync(FillAsync(), stop), CancellationToken.None),
            Task.Run(() => OrStopAsync(DrainAsync(full.Reader, free.Writer, drain, stop.Token), stop), CancellationToken.None),
        ];
        await Task.WhenAll(sides).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // What fails stops the others; WhenAll then tells the failure and not the others' cancellation.
        await Task.WhenAll([.. sides, .. filling.Values]);

        async Task FillAsync()
        {
            while (await free.Reader.ReadAsync(stop.Token) is var buffer && await fill(buffer, stop.Token) is { } ends)
            {
                filling[buffer] = OrStopAsync(ends, stop);
                full.Writer.TryWrite((buffer, filling[buffer]));
            }

            full.Writer.Complete();
        }
    }

    private static async Task DrainAsync<T>(
        ChannelReader<(T Buffer, Task Filling)> full, ChannelWriter<T> free, Func<T, CancellationToken, ValueTask> drain, CancellationToken stop)
    {
        await foreach (var (buffer, filling) in full.ReadAllAsync(stop))
        {
            await filling;
            stop.ThrowIfCancellationRequested();
            await drain(buffer, stop);
            free.TryWrite(buffer);
        }
    }

    private static async Task OrStopAsync(Task work, CancellationTokenSource stop)
    {
        try
        {
            await work;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }
}
