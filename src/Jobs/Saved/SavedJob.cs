using VzDump.Engine.Backups;

namespace VzDump.Jobs.Saved;

/// <summary>A job that is kept: what to back up and how, and when.</summary>
public sealed record SavedJob
{
    public required Guid Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>Whether its schedule holds. By hand it can be run in any case.</summary>
    public bool Enabled { get; init; }

    /// <summary>A calendar event as it was typed; null for one that is only run by hand.</summary>
    public string? Schedule { get; init; }

    /// <summary>Whether a backup that was missed is made once, when the program is there again.</summary>
    public bool RepeatMissed { get; init; }

    public required BackupJob Definition { get; init; }

    /// <summary>Grows with each change: who saves names the version that was read.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string ChangedBy { get; init; }

    /// <summary>Null for one that is there.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Null for one that was made here.</summary>
    public JobSource? Source { get; init; }

    /// <summary>Imported, but the original may still run by itself: until that is settled, this one has no schedule.</summary>
    public bool TakeoverPending { get; init; }

    /// <summary>When it is due next; null when it is not.</summary>
    public DateTimeOffset? NextRun { get; init; }
}

/// <summary>Where a job came from.</summary>
/// <param name="File"><c>jobs.cfg</c> or <c>vzdump.cron</c>, with its full path.</param>
/// <param name="Key">The name of the original there; of a line of <c>vzdump.cron</c>, a name that is made from the line.</param>
public sealed record JobSource(string File, string Key);
