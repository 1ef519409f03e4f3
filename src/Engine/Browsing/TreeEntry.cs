namespace VzDump.Engine.Browsing;

/// <summary>A file, folder or the like in a container's archive.</summary>
public sealed record TreeEntry
{
    public required MemberPath Path { get; init; }

    public required EntryKind Kind { get; init; }

    /// <summary>Of a file, its holes included, in bytes.</summary>
    public long Size { get; init; }

    /// <summary>The permissions' bits, e.g. 0o755.</summary>
    public int Mode { get; init; }

    /// <summary>Number of its owner, as the container sees it.</summary>
    public long User { get; init; }

    /// <summary>Number of its group, as the container sees it.</summary>
    public long Group { get; init; }

    /// <summary>Null for a folder that the archive does not hold itself, only what is in it.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>What a link leads to: of a hard link a <see cref="MemberPath"/>, of a symbolic one any text. Empty for others.</summary>
    public string Link { get; init; } = "";

    /// <summary>Where it begins in the archive, in bytes; -1 for a folder that the archive does not hold itself.</summary>
    internal long Place { get; init; } = -1;

    /// <summary>How much of the archive it takes, headers included, in bytes.</summary>
    internal long Span { get; init; }
}

public enum EntryKind
{
    Folder,
    File,

    /// <summary>A symbolic one.</summary>
    Link,

    /// <summary>Another name of a file in the same archive.</summary>
    HardLink,
    Device,
    Pipe,
}
