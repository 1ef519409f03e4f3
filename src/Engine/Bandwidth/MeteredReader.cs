using VzDump.Engine.Host;

namespace VzDump.Engine.Bandwidth;

/// <summary>Counts what is read from another stream, and holds it to a limit.</summary>
public sealed class MeteredReader(Stream source, BandwidthLimit limit, TimeProvider time) : ReadOnlyStream
{
    private static readonly TimeSpan MostCredit = TimeSpan.FromMilliseconds(100);
    private const int SliceBytes = 256 * 1024;
    private long _count;
    private long _due = time.GetTimestamp();

    /// <summary>Bytes so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Whether the other stream's end was reached.</summary>
    public bool HasEnded { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await source.ReadAsync(limit.IsNone ? buffer : buffer[..Math.Min(buffer.Length, SliceBytes)], cancellationToken);
        if (!limit.IsNone)
        {
            var now = time.GetTimestamp();
            var turn = Math.Max(_due, now - (long)(MostCredit.TotalSeconds * time.TimestampFrequency));
            _due = turn + (long)((double)count / limit.BytesPerSecond * time.TimestampFrequency);
            if (turn > now)
            {
                await Task.Delay(time.GetElapsedTime(now, turn), time, cancellationToken);
            }
        }

        HasEnded |= count == 0 && buffer.Length > 0;
        Volatile.Write(ref _count, _count + count);
        return count;
    }
}
