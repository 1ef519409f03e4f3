using VzDump.Jobs.Saved;

namespace VzDump.Jobs.Store;

/// <summary>A saved job as the database keeps it.</summary>
internal sealed record SavedJobRow
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Comment { get; init; }

    public bool Enabled { get; init; }

    /// <summary>As typed; null for one that is only run by hand.</summary>
    public string? Schedule { get; init; }

    public bool RepeatMissed { get; init; }

    /// <summary>What and how, see <see cref="JobJson"/>.</summary>
    public required string Definition { get; init; }

    /// <summary>1 at first, then one more with each change by a person.</summary>
    public int Version { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    public required string ChangedBy { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Where it was imported from, with its full path; null for our own.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The name of the original in that file.</summary>
    public string? SourceKey { get; init; }

    /// <summary>Whether the original may still run by itself; such a job waits.</summary>
    public bool TakeoverPending { get; init; }

    /// <summary>Due times up to this one are answered: begun, missed or not meant.</summary>
    public DateTimeOffset DecidedUntil { get; init; }

    /// <summary>When Hangfire is to call; null when nothing is due ever.</summary>
    public DateTimeOffset? AlarmAt { get; init; }

    /// <summary>The job in Hangfire that calls then.</summary>
    public string? AlarmJob { get; init; }

    public static SavedJobRow From(JobDraft draft, string by, DateTimeOffset at) => new SavedJobRow
    {
        Id = Guid.CreateVersion7(at),
        Name = "",
        Comment = "",
        Definition = "",
        CreatedAt = at,
        CreatedBy = by,
        ChangedBy = by,
    }.With(draft, by, at) with
    { Version = 1 };

    /// <summary>What was due before a change of the schedule, or while it did not hold, is not made up for.</summary>
    public SavedJobRow With(JobDraft draft, string by, DateTimeOffset at)
    {
        var schedule = string.IsNullOrWhiteSpace(draft.Schedule) ? null : draft.Schedule.Trim();
        return this with
        {
            Name = draft.Name.Trim(),
            Comment = draft.Comment.Trim(),
            Enabled = draft.Enabled,
            Schedule = schedule,
            RepeatMissed = draft.RepeatMissed,
            Definition = JobJson.Write(draft.Definition),
            ChangedAt = at,
            ChangedBy = by,
            DecidedUntil = schedule == Schedule && draft.Enabled == Enabled ? DecidedUntil : at,
        };
    }

    public SavedJobRow WithDeleted(DateTimeOffset? deletedAt, string by, DateTimeOffset at) =>
        this with { DeletedAt = deletedAt, ChangedAt = at, ChangedBy = by, DecidedUntil = deletedAt is null ? at : DecidedUntil };

    public SavedJob ToJob() => new()
    {
        Id = Id,
        Name = Name,
        Comment = Comment,
        Enabled = Enabled,
        Schedule = Schedule,
        RepeatMissed = RepeatMissed,
        Definition = JobJson.Read(Definition),
        Version = Version,
        CreatedAt = CreatedAt,
        CreatedBy = CreatedBy,
        ChangedAt = ChangedAt,
        ChangedBy = ChangedBy,
        DeletedAt = DeletedAt,
        Source = SourceFile is null ? null : new JobSource(SourceFile, SourceKey ?? ""),
        TakeoverPending = TakeoverPending,
        NextRun = Enabled && DeletedAt is null ? AlarmAt : null,
    };
}
