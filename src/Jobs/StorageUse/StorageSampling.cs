using Microsoft.EntityFrameworkCore;
using VzDump.Engine.Storages;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.StorageUse;

/// <summary>The storages as they are now: in the product <see cref="StorageInventory"/>'s.</summary>
public delegate Task<IReadOnlyList<StorageState>> ListStorages(CancellationToken cancellation);

/// <summary>Notes how full each storage is when the last note is an hour old, and takes away what is kept no longer.</summary>
internal sealed class StorageSampling(JobsDatabase databases, ListStorages storages, TimeProvider time)
{
    private static readonly TimeSpan Apart = TimeSpan.FromHours(1);

    /// <summary>Answers whether it was time.</summary>
    /// <exception cref="Engine.ProblemException">storage.cfg cannot be read.</exception>
    public async Task<bool> LookAsync(CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var now = time.GetUtcNow();

        // A note from later than now: the clock was set back, and waiting for that time would leave a gap.
        if (await database.StorageSamples.AnyAsync(row => row.At > now - Apart && row.At <= now, cancellation))
        {
            return false;
        }

        // What fits is what is used and what this program may still use: less than the file system where it has a quota or a reserve.
        // One that cannot be read gets no note: nothing is known of it, which is not the same as empty.
        foreach (var storage in (await storages(cancellation)).DistinctBy(storage => storage.Name))
        {
            if (storage is { IsActive: true, UsedBytes: { } used, FreeBytes: { } free } && used + free > 0)
            {
                database.Add(new StorageSampleRow { Storage = storage.Name, At = now, UsedBytes = used, TotalBytes = used + free });
            }
        }

        await database.SaveChangesAsync(cancellation);
        await ThinAsync(database, now, cancellation);
        return true;
    }

    private static async Task ThinAsync(JobsDbContext database, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var name in await database.StorageSamples.Select(row => row.Storage).Distinct().ToListAsync(cancellation))
        {
            var samples = await database.StorageSamples.AsNoTracking().Where(row => row.Storage == name)
                .Select(row => new StorageSample(row.At, row.UsedBytes, row.TotalBytes)).ToListAsync(cancellation);
            foreach (var at in SampleThinning.Surplus(samples, now).Select(sample => sample.At).Chunk(200))
            {
                await database.StorageSamples.Where(row => row.Storage == name && at.Contains(row.At)).ExecuteDeleteAsync(cancellation);
            }
        }
    }
}
