using VzDump.Engine.Host;

namespace VzDump.Engine.Bandwidth;

/// <summary>Counts what passes through to another stream, and holds it to a limit.</summary>
public sealed class MeteredStream(Stream destination, BandwidthLimit limit, TimeProvider time) : WriteOnlyStream
{
    // Time that was not used is lost beyond this: after a pause the limit must hold again at once.
    private static readonly TimeSpan MostCredit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostOversleep = TimeSpan.FromSeconds(1);
    private const int SmallestSlice = 512, LargestSlice = 256 * 1024;
    private const int SlicesPerSecond = 50;
    private readonly int _slice = (int)Math.Clamp(limit.BytesPerSecond / SlicesPerSecond, SmallestSlice, LargestSlice);
    private long _count;
    private long _due = time.GetTimestamp();
    private long _overslept;

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
        var turn = Math.Max(_due, now - Ticks(MostCredit) - _overslept);
        _due = turn + (long)((double)bytes / limit.BytesPerSecond * time.TimestampFrequency);
        if (turn > now)
        {
            await Task.Delay(time.GetElapsedTime(now, turn), time, cancellation);
            // On a busy host a short sleep can be a long one. That was not the guest's pause: it is made up for.
            _overslept = Math.Clamp(time.GetTimestamp() - turn, 0, Ticks(MostOversleep));
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
