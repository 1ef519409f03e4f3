namespace VzDump.Jobs.Store;

/// <summary>How full a storage was once, as the database keeps it.</summary>
internal sealed class StorageSampleRow
{
    public required string Storage { get; init; }

    public required DateTimeOffset At { get; init; }

    public required long UsedBytes { get; init; }

    public required long TotalBytes { get; init; }
}
