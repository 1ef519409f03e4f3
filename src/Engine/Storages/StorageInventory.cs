using VzDump.Engine.Configuration;

namespace VzDump.Engine.Storages;

/// <summary>The storages of this node that may hold backups.</summary>
public sealed class StorageInventory(NodePaths paths)
{
    public async Task<IReadOnlyList<StorageState>> ListAsync(CancellationToken cancellation)
    {
        var config = await StorageConfig.ReadAsync(paths.StorageConfig, cancellation);
        return [.. config.Storages.Where(storage => storage.HoldsBackups).Select(Look)];
    }

    private static StorageState Look(StorageDefinition storage)
    {
        try
        {
            var active = BackupStorage.Activate(storage);
            var drive = new DriveInfo(active.Folder);
            return new StorageState(storage.Name, storage.Type, active.Folder, drive.AvailableFreeSpace, drive.TotalSize, null);
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            return new StorageState(storage.Name, storage.Type, storage.ArchiveFolder ?? "", null, null, error.Message);
        }
    }
}

/// <param name="ArchiveFolder">Where its archives lie.</param>
/// <param name="FreeBytes">For this program; null when it is not usable.</param>
/// <param name="Problem">Why it cannot be used right now, one sentence; null when it can.</param>
public sealed record StorageState(string Name, string Type, string ArchiveFolder, long? FreeBytes, long? TotalBytes, string? Problem);
