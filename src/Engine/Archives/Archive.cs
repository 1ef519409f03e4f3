using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives;

/// <summary>A backup file on a storage, with what its name and the files beside it say.</summary>
public sealed record Archive
{
    /// <summary>Name of the storage it lies on.</summary>
    public required string Storage { get; init; }

    public required string Path { get; init; }

    public required GuestKind Kind { get; init; }

    /// <summary>Null for a renamed archive, whose name gives no VMID.</summary>
    public GuestId? Guest { get; init; }

    /// <summary>From the standard name, in the node's zone; of a renamed archive the file's own time.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>In bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Whether its name is not the one that vzdump gave it; such archives are never pruned.</summary>
    public bool IsRenamed { get; init; }

    public bool IsProtected { get; init; }

    /// <summary>Whether its digest lies beside it, by which damage to its data is found.</summary>
    public bool HasDigest { get; init; }

    /// <summary>The first line of its notes; empty when there are none.</summary>
    public string Notes { get; init; } = "";

    /// <summary>The log beside it, when there is one.</summary>
    public string? LogPath { get; init; }

    public string Name => System.IO.Path.GetFileName(Path);
}
