using Microsoft.EntityFrameworkCore;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.StorageUse;

/// <summary>How the use of the storages went, and where that leads.</summary>
public sealed class StorageTrends
{
    /// <summary>Days of which the use is told.</summary>
    public const int ShownDays = 90;

    private readonly JobsDatabase _databases;
    private readonly TimeProvider _time;

    internal StorageTrends(JobsDatabase databases, TimeProvider time)
    {
        _databases = databases;
        _time = time;
    }

    /// <summary>By the storage's name; one that was never seen is not among them.</summary>
    public async Task<IReadOnlyDictionary<string, StorageTrend>> ReadAsync(CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var since = now.AddDays(-ShownDays);
        await using var database = _databases.Open();
        var rows = await database.StorageSamples.AsNoTracking().Where(row => row.At > since && row.At <= now).ToListAsync(cancellation);
        return rows.GroupBy(row => row.Storage, row => new StorageSample(row.At, row.UsedBytes, row.TotalBytes), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new StorageTrend(StorageSample.DailyPeaks(group), StorageForecast.Of([.. group], now)), StringComparer.Ordinal);
    }
}

/// <param name="Days">The highest use of each day, oldest first.</param>
public sealed record StorageTrend(IReadOnlyList<StorageSample> Days, StorageForecast Forecast)
{
    /// <summary>Null when it is not known, or not within two years.</summary>
    public DateTimeOffset? FullAt => (Forecast as StorageForecast.FullAt)?.At;
}
