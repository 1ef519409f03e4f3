using System.Collections.Concurrent;

namespace VzDump.Engine.Host;

/// <summary>
/// Passes on what a program prints, in large pieces. Programs such as tar print in pieces of a few kilobytes; taken one by one through the
/// thread pool these cost more than the data's compression does. So a thread of its own reads them, and reading and writing overlap.
/// </summary>
internal static class PipeReading
{
    private const int Buffers = 3;
    private const int BufferBytes = 1024 * 1024;
    private const int Enough = 256 * 1024;
    private const int Trickle = 64 * 1024;

    /// <summary>Ends when the pipe does. Whoever wants to end it earlier ends the program.</summary>
    public static async Task CopyAsync(Stream pipe, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var free = new BlockingCollection<byte[]>();
        for (var count = 0; count < Buffers; count++)
        {
            free.Add(new byte[BufferBytes], CancellationToken.None);
        }

        var full = System.Threading.Channels.Channel.CreateUnbounded<(byte[] Buffer, int Count)>(); // the buffers are the bound
        var reader = new Thread(() => Read(pipe, free, full.Writer, stop.Token)) { IsBackground = true, Name = "pipe reader" };
        reader.Start();
        try
        {
            await foreach (var (buffer, count) in full.Reader.ReadAllAsync(cancellation))
            {
                await write(buffer.AsMemory(0, count));
                free.Add(buffer, CancellationToken.None);
            }
        }
        finally
        {
            // The thread may still wait for the program; it ends with it. Nothing else uses its buffers.
            await stop.CancelAsync();
        }
    }

    /// <summary>All that the program prints, once it has ended.</summary>
    /// <param name="most">In bytes.</param>
    /// <returns>Null when it prints more than that; the rest is left unread.</returns>
    public static Task<byte[]?> ReadAllAsync(Stream pipe, int most) => Task.Factory.StartNew(() => ReadAll(pipe, most), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static byte[]? ReadAll(Stream pipe, int most)
    {
        var all = new byte[Trickle];
        for (var count = 0; ;)
        {
            var got = ReadEnough(pipe, all.AsSpan(count));
            count += got;
            if (got == 0 || count > most)
            {
                return count > most ? null : all.AsSpan(0, count).ToArray();
            }

            if (count == all.Length)
            {
                Array.Resize(ref all, all.Length * 4);
            }
        }
    }

    private static void Read(Stream pipe, BlockingCollection<byte[]> free, System.Threading.Channels.ChannelWriter<(byte[] Buffer, int Count)> full, CancellationToken stop)
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                var buffer = free.Take(stop);
                var count = ReadEnough(pipe, buffer);
                if (count == 0)
                {
                    break;
                }

                full.TryWrite((buffer, count));
            }
        }
        catch (Exception error)
        {
            failure = error;
        }

        full.TryComplete(failure);
    }

    private static int ReadEnough(Stream pipe, Span<byte> buffer)
    {
        var count = 0;
        while (count < Enough && count < buffer.Length)
        {
            var got = pipe.Read(buffer[count..]);
            if (got == 0)
            {
                break;
            }

            count += got;
            if (got < Trickle && count < Enough)
            {
                // Woken for each small piece, we would cost the program a switch for each. The pipe holds what comes meanwhile.
                Thread.Sleep(1);
            }
        }

        return count;
    }
}
