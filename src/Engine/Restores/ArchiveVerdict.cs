namespace VzDump.Engine.Restores;

/// <summary>What checking an archive has shown.</summary>
/// <param name="FileBytes">Of the file.</param>
/// <param name="DataBytes">Of the archive, without compression; as far as it could be read.</param>
public sealed record ArchiveVerdict(string ArchivePath, IReadOnlyList<CheckedPart> Parts, long FileBytes, long DataBytes, TimeSpan Took)
{
    /// <summary>Whether nothing bad was found. What could not be checked says so in its part.</summary>
    public bool IsSound => Parts.All(part => part.State is not PartState.Bad);

    /// <summary>Bytes of the file in a second.</summary>
    public double BytesPerSecond => FileBytes / Math.Max(0.001, Took.TotalSeconds);

    public CheckedPart this[ArchivePart part] => Parts.First(one => one.Part == part);
}

/// <param name="Text">A sentence for a person.</param>
public sealed record CheckedPart(ArchivePart Part, PartState State, string Text);

/// <summary>What is checked of an archive.</summary>
public enum ArchivePart
{
    /// <summary>Whether the file's bytes are those that were written.</summary>
    Digest,
    Compression,

    /// <summary>Whether the archive is whole, from its first header to its end.</summary>
    Structure,

    /// <summary>Whether the guest's configuration is there and fits the data.</summary>
    Configuration,
}

public enum PartState
{
    Sound,
    Bad,
    NotChecked,
}

/// <summary>How far a check has come, in bytes of the file.</summary>
public readonly record struct CheckProgress(long DoneBytes, long TotalBytes);
