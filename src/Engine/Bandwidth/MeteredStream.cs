using VzDump.Engine.Host;

namespace VzDump.Engine.Bandwidth;

/// <summary>Counts what passes through to another stream, and holds it to a limit.</summary>
public sealed class MeteredStream(Stream destination, BandwidthLimit limit, TimeProvider time) : WriteOnlyStream
{
    // Time that was not used is lost beyond this: after a pause the limit must hold again at once.
    private static readonly TimeSpan MostCredit = TimeSpan.FromMilliseconds(100);
    private const int SmallestSlice = 512, LargestSlice = 256 * 1024;
    private const int SlicesPerSecond = 50;
    private readonly int _slice = (int)Math.Clamp(limit.BytesPerSecond / SlicesPerSecond, SmallestSlice, LargestSlice);
    private long _count;
    private long _due = time.GetTimestamp();

    /// <summary>Bytes so far.</summary>
    public long Count => Volatile.Read(ref _count);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var slice = limit.IsNone ? buffer : buffer[..Math.Min(buffer.Length, _slice)];
            if (!limit.IsNone)
            {
                await WaitForTurnAsync(slice.Length, cancellationToken);
            }

            await destination.WriteAsync(slice, cancellationToken);
            Volatile.Write(ref _count, _count + slice.Length);
            buffer = buffer[slice.Length..];
        }
    }

    private async Task WaitForTurnAsync(int bytes, CancellationToken cancellation)
    {
        var now = time.GetTimestamp();
        var credit = (long)(MostCredit.TotalSeconds * time.TimestampFrequency);
        var turn = Math.Max(_due, now - credit);
        _due = turn + (long)((double)bytes / limit.BytesPerSecond * time.TimestampFrequency);
        if (turn > now)
        {
            await Task.Delay(time.GetElapsedTime(now, turn), time, cancellation);
        }
    }
}
