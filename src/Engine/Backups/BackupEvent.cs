using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>What a run tells while it works, in the order in which it happens. Receivers must return at once.</summary>
public abstract record BackupEvent
{
    private BackupEvent()
    {
    }

    /// <summary>The run knows its guests and is about to begin with the first.</summary>
    public sealed record TasksPlanned(IReadOnlyList<PlannedTask> Tasks) : BackupEvent;

    public sealed record TaskStarted(GuestId Guest, DateTimeOffset At) : BackupEvent;

    /// <summary>Sent a few times a second while data flows.</summary>
    public sealed record TaskProgressed(GuestId Guest, BackupProgress Progress) : BackupEvent;

    /// <summary>A line of a task's log, or of the run's own when <paramref name="Guest"/> is null. The text holds no line break.</summary>
    public sealed record Logged(GuestId? Guest, DateTimeOffset At, LogLevel Level, string Text) : BackupEvent;

    public sealed record TaskFinished(GuestId Guest, DateTimeOffset At, TaskOutcome Outcome) : BackupEvent;
}

/// <summary>A guest that a run is going to back up. A VMID that no guest has is planned too, without kind, and fails.</summary>
public sealed record PlannedTask(GuestId Guest, GuestKind? Kind, string Name);

/// <summary>vzdump's three kinds of log line.</summary>
public enum LogLevel
{
    Info,
    Warn,
    Error,
}
