namespace VzDump.Engine.Bandwidth;

/// <summary>Says when the next bytes may pass, so that a limit is held to on a busy host too. For one stream.</summary>
internal sealed class Pace(BandwidthLimit limit, TimeProvider time)
{
    // Time that was not used is lost beyond this: after a pause the limit must hold again at once.
    private static readonly TimeSpan MostCredit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostOversleep = TimeSpan.FromSeconds(1);
    private const int SmallestSlice = 512, LargestSlice = 256 * 1024;
    private const int SlicesPerSecond = 50;
    private long _due = time.GetTimestamp();
    private long _overslept;

    /// <summary>How many bytes are to pass at once, at most.</summary>
    public int Slice { get; } = limit.IsNone ? int.MaxValue : (int)Math.Clamp(limit.BytesPerSecond / SlicesPerSecond, SmallestSlice, LargestSlice);

    /// <summary>Ends when it is these bytes' turn.</summary>
    public async ValueTask WaitAsync(int bytes, CancellationToken cancellation)
    {
        if (limit.IsNone)
        {
            return;
        }

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
