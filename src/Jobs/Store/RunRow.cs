using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Store;

/// <summary>A run as the database keeps it.</summary>
internal sealed class RunRow
{
    public required Guid Id { get; init; }

    /// <summary>The definition, and what is done if not a backup; see <see cref="JobJson"/>.</summary>
    public required string Job { get; init; }

    public required string StartedBy { get; init; }

    /// <summary>The saved job; null for a "Backup now".</summary>
    public Guid? JobId { get; init; }

    public string? JobName { get; init; }

    public RunTriggerKind Trigger { get; init; }

    /// <summary>Of a scheduled run: when it was due. With the job unique, so that a due time is answered once.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>How many due times this one stands for.</summary>
    public int? Missed { get; init; }

    public Guid? RetryOf { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public RunState State { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public string? CancelledBy { get; init; }

    public string? Error { get; init; }

    /// <summary>The job in Hangfire that is to execute the run; null until it is queued there.</summary>
    public string? HangfireJob { get; init; }

    public List<RunTaskRow> Tasks { get; init; } = [];

    public static RunRow From(Run run) => new()
    {
        Id = run.Id,
        Job = JobJson.Write(run.Job, run.Work),
        StartedBy = run.StartedBy,
        JobId = run.SavedJob,
        JobName = run.SavedJobName,
        Trigger = run.Trigger.Kind,
        Due = run.Trigger.Due,
        Missed = (run.Trigger as RunTrigger.CatchUp)?.Missed,
        RetryOf = (run.Trigger as RunTrigger.Retry)?.Of,
        CreatedAt = run.CreatedAt,
        State = run.State,
        StartedAt = run.StartedAt,
        FinishedAt = run.FinishedAt,
        CancelledBy = run.CancelledBy,
        Error = run.Error,
        Tasks = [.. run.Tasks.Select((task, position) => RunTaskRow.From(run.Id, position, task))],
    };

    public Run ToRun() => new()
    {
        Id = Id,
        Job = JobJson.Read(Job),
        Work = JobJson.ReadWork(Job),
        StartedBy = StartedBy,
        SavedJob = JobId,
        SavedJobName = JobName,
        Trigger = RunTrigger.From(Trigger, Due, Missed, RetryOf),
        CreatedAt = CreatedAt,
        State = State,
        StartedAt = StartedAt,
        FinishedAt = FinishedAt,
        CancelledBy = CancelledBy,
        Error = Error,
        Tasks = [.. Tasks.OrderBy(task => task.Position).Select(task => task.ToTask())],
    };
}
