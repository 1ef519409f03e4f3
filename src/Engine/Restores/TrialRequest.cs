using VzDump.Engine.Bandwidth;

namespace VzDump.Engine.Restores;

/// <summary>Which archive is restored for a trial, and how far the trial goes.</summary>
public sealed record TrialRequest
{
    /// <summary>Full path of the archive.</summary>
    public required string ArchivePath { get; init; }

    /// <summary>Storage that takes the volumes meanwhile; null for that named in the archive where this node has it, else <c>local</c>.</summary>
    public string? Storage { get; init; }

    /// <summary>Whether the restored guest is started, where this host can, and watched.</summary>
    public bool Start { get; init; } = true;

    /// <summary>Of the data as it is written.</summary>
    public BandwidthLimit BandwidthLimit { get; init; }
}
