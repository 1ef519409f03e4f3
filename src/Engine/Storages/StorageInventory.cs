namespace VzDump.Engine.Storages;

/// <summary>The storages of this node that may hold backups.</summary>
public sealed class StorageInventory
{
    public Task<IReadOnlyList<StorageState>> ListAsync(CancellationToken cancellation) => throw new NotSupportedException();
}

/// <param name="ArchiveFolder">Where its archives lie.</param>
/// <param name="FreeBytes">For this program; null when it is not usable.</param>
/// <param name="Problem">Why it cannot be used right now, one sentence; null when it can.</param>
public sealed record StorageState(string Name, string Type, string ArchiveFolder, long? FreeBytes, long? TotalBytes, string? Problem);
