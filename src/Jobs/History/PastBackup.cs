using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.History;

/// <summary>One backup of one guest, from our own record, from what lies in a storage, or from both.</summary>
public sealed record PastBackup
{
    public required GuestId Guest { get; init; }

    public required GuestKind? Kind { get; init; }

    /// <summary>What the guest was called, where that is known.</summary>
    public string? Name { get; init; }

    public required RunTaskState State { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null when no log tells.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Null when there is none, or no more.</summary>
    public string? ArchivePath { get; init; }

    /// <summary>Of the archive, in bytes.</summary>
    public long? ArchiveSize { get; init; }

    /// <summary>Why it failed, one sentence.</summary>
    public string? Error { get; init; }

    /// <summary>The run that it was part of; null for what only a storage tells.</summary>
    public Guid? Run { get; init; }

    /// <summary>The storage with the archive or the log; null for what only our record tells.</summary>
    public string? Storage { get; init; }

    /// <summary>The log in the storage.</summary>
    public string? LogPath { get; init; }
}

/// <param name="Problems">Sentences about storages that could not be read.</param>
public sealed record BackupHistory(IReadOnlyList<PastBackup> Backups, IReadOnlyList<string> Problems);
