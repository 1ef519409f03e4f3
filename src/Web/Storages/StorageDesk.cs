using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Jobs.StorageUse;
using VzDump.Web.SignIn;

namespace VzDump.Web.Storages;

/// <summary>The storages for archives, for pages: for people who see all guests. Only an administrator has one tested, because that may mount it.</summary>
public sealed class StorageDesk(NodePaths paths, StorageInventory storages, StorageActivation activation, ArchiveCatalogue catalogue, StorageTrends trends, AuditTrail audit, TimeProvider time)
{
    public string File => paths.StorageConfig;

    /// <summary>In the order of storage.cfg, with what lies in each.</summary>
    /// <exception cref="ProblemException">He may not see them, or storage.cfg cannot be read.</exception>
    public async Task<IReadOnlyList<StorageRow>> ListAsync(Rights rights, CancellationToken cancellation)
    {
        if (!rights.SeesAll)
        {
            throw new ProblemException("You may not see storages: they are for people who see all guests.");
        }

        var reading = storages.ListAsync(cancellation);
        var kept = (await catalogue.ListAsync(cancellation)).Archives.ToLookup(archive => archive.Storage, StringComparer.Ordinal);
        var known = await trends.ReadAsync(cancellation);
        return [.. (await reading).Select(state => new StorageRow(state, kept[state.Name].Count(), kept[state.Name].Sum(archive => archive.Size), kept[state.Name].Count(archive => archive.IsProtected), known.GetValueOrDefault(state.Name)))];
    }

    /// <summary>Makes it ready as a backup would, which may mount it; answers how long that took.</summary>
    /// <exception cref="ProblemException">He may not do this, or a backup could not use it; the message says why.</exception>
    public async Task<TimeSpan> TestAsync(Rights rights, string storage, CancellationToken cancellation)
    {
        if (!rights.AdministersNode)
        {
            throw new ProblemException("You may not test storages. Ask an administrator of all guests to.");
        }

        var began = time.GetTimestamp();
        await audit.AddAsync(rights.Who, "storage tested", storage, null, cancellation);
        var definition = (await StorageConfig.ReadAsync(paths.StorageConfig, cancellation)).Find(storage);
        await activation.ActivateAsync(definition, cancellation);
        return time.GetElapsedTime(began);
    }
}

/// <param name="Bytes">Of all its archives.</param>
/// <param name="Trend">Null when it was never seen.</param>
public sealed record StorageRow(StorageState State, int Archives, long Bytes, int Protected, StorageTrend? Trend);
