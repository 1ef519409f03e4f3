using VzDump.Engine.Configuration;
using VzDump.Engine.Retention;

namespace VzDump.Engine.Storages;

/// <summary>The storages of this node that may hold backups.</summary>
public sealed class StorageInventory(NodePaths paths, StorageActivation activation, TimeProvider time)
{
    /// <summary>All are looked at side by side: one that does not answer holds up the answer by no more than its time limit, and later looks not at all.</summary>
    /// <exception cref="ProblemException">storage.cfg cannot be read.</exception>
    public async Task<IReadOnlyList<StorageState>> ListAsync(CancellationToken cancellation)
    {
        var config = await StorageConfig.ReadAsync(paths.StorageConfig, cancellation);
        return await Task.WhenAll(config.Storages.Where(storage => storage.HoldsBackups).Select(storage => LookAsync(storage, cancellation)));
    }

    internal async Task<StorageState> LookAsync(StorageDefinition storage, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        try
        {
            var (active, space) = await activation.LookAsync(storage, canWait: false, cancellation);
            return new StorageState(storage.Name, storage.Type, active.Folder, space.Available, space.Total, null) { UsedBytes = space.Total - space.Free, Prune = active.Prune, MaxProtectedBackups = active.MaxProtectedBackups, Took = time.GetElapsedTime(began) };
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            return new StorageState(storage.Name, storage.Type, FolderOf(storage), null, null, error.Message) { Took = time.GetElapsedTime(began) };
        }
    }

    private static string FolderOf(StorageDefinition storage)
    {
        try
        {
            return storage.ArchiveFolder ?? "";
        }
        catch (ProblemException)
        {
            return storage.Path ?? ""; // what is wrong there has been said
        }
    }
}

/// <param name="ArchiveFolder">Where its archives lie.</param>
/// <param name="FreeBytes">For this program; null when it is not usable.</param>
/// <param name="Problem">Why it cannot be used right now, one sentence; null when it can.</param>
public sealed record StorageState(string Name, string Type, string ArchiveFolder, long? FreeBytes, long? TotalBytes, string? Problem)
{
    /// <summary>Whether it can be used right now.</summary>
    public bool IsActive => Problem is null;

    /// <summary>Of the whole file system; null when it is not usable.</summary>
    public long? UsedBytes { get; init; }

    /// <summary>The storage's own word on how many archives are kept; null when it says nothing or is not usable.</summary>
    public KeepPolicy? Prune { get; init; }

    /// <summary>The storage's own word on how many protected archives a guest may have there, -1 for any number; null when it says nothing or is not usable.</summary>
    public int? MaxProtectedBackups { get; init; }

    /// <summary>How long it took to answer.</summary>
    public TimeSpan Took { get; init; }
}
