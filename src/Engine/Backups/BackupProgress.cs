namespace VzDump.Engine.Backups;

/// <summary>How far the data of one guest has come.</summary>
/// <param name="DoneBytes">Read from the guest, before compression; holes of a disk count as read.</param>
/// <param name="TotalBytes">What there is to read; null until it is known, an estimate for containers.</param>
/// <param name="BytesPerSecond">Over the last few seconds.</param>
/// <param name="WrittenBytes">Size of the archive so far.</param>
public readonly record struct BackupProgress(long DoneBytes, long? TotalBytes, double BytesPerSecond, long WrittenBytes)
{
    /// <summary>Files, folders and links of a container that were begun; null for what has none.</summary>
    public long? DoneFiles { get; init; }

    /// <summary>How many there are, an estimate; null until it is known.</summary>
    public long? TotalFiles { get; init; }

    /// <summary>The file that is read now, from the container's root and without a slash before it; null before the first.</summary>
    public string? Path { get; init; }

    /// <summary>0 to 1, or null while the total is not known.</summary>
    public double? Fraction => TotalBytes switch
    {
        null => null,
        0 => 1,
        var total => Math.Clamp((double)DoneBytes / total.Value, 0, 1),
    };

    /// <summary>What is left at the present speed; null when that cannot be said.</summary>
    public TimeSpan? Remaining => TotalBytes is { } total && BytesPerSecond >= 1
        ? TimeSpan.FromSeconds(Math.Min(Math.Max(0, total - DoneBytes) / BytesPerSecond, TimeSpan.FromDays(99).TotalSeconds))
        : null;
}
