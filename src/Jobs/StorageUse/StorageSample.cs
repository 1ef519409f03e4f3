namespace VzDump.Jobs.StorageUse;

/// <summary>How full a storage was once.</summary>
/// <param name="UsedBytes">Of its whole file system.</param>
/// <param name="TotalBytes">What fits: what was used, and what this program could still use.</param>
public sealed record StorageSample(DateTimeOffset At, long UsedBytes, long TotalBytes)
{
    /// <summary>The highest of each day (UTC), oldest first: backups come and old archives go within a day, and a storage is full at its peak.</summary>
    public static IReadOnlyList<StorageSample> DailyPeaks(IEnumerable<StorageSample> samples) =>
        [.. samples.GroupBy(sample => sample.At.UtcDateTime.Date).Select(day => day.MaxBy(sample => sample.UsedBytes)!).OrderBy(sample => sample.At)];
}
