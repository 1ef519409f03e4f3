namespace VzDump.Jobs.StorageUse;

/// <summary>When a storage will be full, if it goes on as it did in the last <see cref="Looked"/> days.</summary>
public abstract record StorageForecast
{
    /// <summary>Days that are looked at, and days that are looked ahead.</summary>
    public const int Looked = 30, Ahead = 730;

    // Fewer days are chance; what was seen last some days ago is not how it is.
    private const int FewestDays = 4;
    private static readonly TimeSpan Stale = TimeSpan.FromDays(3), Near = TimeSpan.FromDays(14.5);

    private StorageForecast()
    {
    }

    /// <summary>It is not known long enough, or was not seen lately.</summary>
    public sealed record Unknown : StorageForecast;

    /// <summary>It holds no more than it did, or less.</summary>
    public sealed record NotGrowing : StorageForecast;

    /// <summary>It grows so slowly that it has room for more than <see cref="Ahead"/> days.</summary>
    public sealed record NotSoon : StorageForecast;

    /// <summary>Its use reaches its size at about that time; not later than now when it has done so.</summary>
    public sealed record FullAt(DateTimeOffset At) : StorageForecast;

    /// <param name="samples">Of one storage, in any order.</param>
    public static StorageForecast Of(IReadOnlyList<StorageSample> samples, DateTimeOffset now)
    {
        var known = OfThisDisk([.. samples.Where(sample => sample.At <= now && sample.At > now.AddDays(-Looked) && sample.TotalBytes > 0).OrderBy(sample => sample.At)]);
        if (known is not [.., var last] || now - last.At > Stale)
        {
            return new Unknown();
        }

        if (last.UsedBytes >= last.TotalBytes)
        {
            return new FullAt(last.At);
        }

        var days = StorageSample.DailyPeaks(known);
        if (days.Count < FewestDays)
        {
            return new Unknown();
        }

        // The median of all slopes (Theil and Sen): one day of a great copy, or of a great cleaning, does not turn it. Only of days that are
        // near to each other: with all of them, one step in the middle of the month would lie between more than half of the pairs.
        var slopes = from earlier in Enumerable.Range(0, days.Count)
                     from later in Enumerable.Range(earlier + 1, days.Count - earlier - 1)
                     where days[later].At - days[earlier].At <= Near
                     select (days[later].UsedBytes - (double)days[earlier].UsedBytes) / (days[later].At - days[earlier].At).TotalDays;
        if (slopes.ToList() is not { Count: > 0 } near)
        {
            return new Unknown();
        }

        var perDay = Median(near);
        if (perDay < 1)
        {
            return new NotGrowing();
        }

        // Where the trend stands now, or what is really there when that is more: rather warned a little early.
        var level = Math.Max(last.UsedBytes, Median(days.Select(day => day.UsedBytes + perDay * (now - day.At).TotalDays)));
        var left = Math.Max(0, (last.TotalBytes - level) / perDay);
        return left > Ahead ? new NotSoon() : new FullAt(now.AddDays(left));
    }

    // A disk that was enlarged holds what it held; where size and content change together there is another disk, and the days before tell nothing.
    private static StorageSample[] OfThisDisk(StorageSample[] samples)
    {
        for (var index = samples.Length - 1; index > 0; index--)
        {
            var (before, after) = (samples[index - 1], samples[index]);
            var least = (double)Math.Min(before.TotalBytes, after.TotalBytes);
            if (Math.Abs(after.TotalBytes - (double)before.TotalBytes) > 0.01 * least && Math.Abs(after.UsedBytes - (double)before.UsedBytes) > 0.1 * least)
            {
                return samples[index..];
            }
        }

        return samples;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
