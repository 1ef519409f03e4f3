using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Jobs.Runs;

/// <summary>One execution of a job or of a "Backup now", or of a restore, a check or a restore test.</summary>
public sealed record Run
{
    /// <summary>Who starts the runs that nobody asked for at that moment.</summary>
    public const string Scheduler = "schedule";

    /// <summary>Who repeats and stops runs by the buttons of Hangfire's own dashboard, which does not say who pressed them.</summary>
    public const string HangfireDashboard = "Hangfire dashboard";

    public required Guid Id { get; init; }

    /// <summary>What was asked for, as it was then. Of other work than backups it only names the guest that it is about.</summary>
    public required BackupJob Job { get; init; }

    public RunWork Work { get; init; } = new RunWork.Backup();

    /// <summary>The user who started it, or <see cref="Scheduler"/>.</summary>
    public required string StartedBy { get; init; }

    public RunTrigger Trigger { get; init; } = new RunTrigger.Manual();

    /// <summary>The saved job that it is a run of; null for a "Backup now". That job may have changed since, or be deleted.</summary>
    public Guid? SavedJob { get; init; }

    /// <summary>What the saved job was called then.</summary>
    public string? SavedJobName { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public RunState State { get; init; } = RunState.Queued;

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Who asked for it to stop; null when nobody did.</summary>
    public string? CancelledBy { get; init; }

    /// <summary>Why the run as a whole did not succeed, one sentence; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>How soon it stops, when somebody asked for that. Live only: not recorded.</summary>
    public StopKind? Stopping { get; init; }

    /// <summary>1 for the next one to begin; null for one that does not wait. As of this moment: not recorded.</summary>
    public int? Place { get; init; }

    /// <summary>Whether it makes archives.</summary>
    public bool IsBackup => Work is RunWork.Backup;

    /// <summary>Whether it is a check or a restore test that nobody asked for at that moment.</summary>
    public bool IsScheduledCheck => Work is RunWork.Verify or RunWork.Trial && Trigger is RunTrigger.Schedule;

    /// <summary>Whether nobody need watch it, so that mail may tell of its end: who restores or checks something by hand watches it.</summary>
    internal bool IsMailed => IsBackup || IsScheduledCheck;

    /// <summary>Empty until the run knows its guests.</summary>
    public IReadOnlyList<RunTask> Tasks { get; init; } = [];
}

/// <summary>One guest within a run.</summary>
public sealed record RunTask
{
    public required GuestId Guest { get; init; }

    /// <summary>Null when no guest has this VMID.</summary>
    public GuestKind? Kind { get; init; }

    public required string Name { get; init; }

    public RunTaskState State { get; init; } = RunTaskState.Todo;

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The last that was heard; null before data flowed. Live only: not recorded.</summary>
    public BackupProgress? Progress { get; init; }

    /// <summary>Full path of the archive, once it is complete.</summary>
    public string? ArchivePath { get; init; }

    /// <summary>Of the archive, in bytes.</summary>
    public long? ArchiveSize { get; init; }

    /// <summary>Why it failed, one sentence; null otherwise.</summary>
    public string? Error { get; init; }
}

public enum RunTaskState
{
    Todo,
    Running,
    Done,
    Failed,
    Cancelled,
}

public enum RunState
{
    /// <summary>Waits for its turn; one run at a time works on a node.</summary>
    Queued,
    Running,

    /// <summary>Every guest has its archive.</summary>
    Succeeded,

    /// <summary>At least one guest has none, or the run could not begin.</summary>
    Failed,

    /// <summary>Stopped by a person.</summary>
    Cancelled,

    /// <summary>The program ended while it ran or waited.</summary>
    Interrupted,

    /// <summary>It was due, but did not begin; the reason says why. It has no log.</summary>
    Missed,
}

/// <summary>How soon a working run is to stop.</summary>
public enum StopKind
{
    /// <summary>The guest that is being backed up gets its archive; no other one begins.</summary>
    AfterThisGuest,

    /// <summary>At once. The guest is brought back to how it was, which may take minutes.</summary>
    Now,
}

public static class RunStates
{
    extension(RunState state)
    {
        /// <summary>Whether nothing will change any more.</summary>
        public bool IsFinal => state is not (RunState.Queued or RunState.Running);
    }
}
