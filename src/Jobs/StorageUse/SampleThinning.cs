namespace VzDump.Jobs.StorageUse;

/// <summary>Which samples of a storage need not be kept: each hour is for two weeks, a day's peak for two years.</summary>
internal static class SampleThinning
{
    public const int HourlyDays = 14, DailyDays = 730;

    /// <summary>Whole days only, so that thinning what was thinned takes nothing more.</summary>
    public static IReadOnlyList<StorageSample> Surplus(IReadOnlyList<StorageSample> samples, DateTimeOffset now)
    {
        var (hourly, daily) = (now.UtcDateTime.Date.AddDays(-HourlyDays), now.UtcDateTime.Date.AddDays(-DailyDays));
        var kept = StorageSample.DailyPeaks(samples.Where(sample => sample.At.UtcDateTime >= daily)).ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. samples.Where(sample => sample.At.UtcDateTime < hourly && !kept.Contains(sample))];
    }
}
