using Hangfire;
using Hangfire.States;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Scheduling;

/// <summary>Orders Hangfire to call when a job is next due: one call a job, at that moment.</summary>
internal sealed class JobAlarm(IBackgroundJobClient hangfire, JobStorage storage, JobStore jobs)
{
    /// <summary>The queue of such calls: they are short, and must not wait behind a backup.</summary>
    public const string Queue = "schedule";

    /// <summary>Does nothing when the call is ordered already and was not lost.</summary>
    public async Task SetAsync(SavedJobRow job, DateTimeOffset? at, CancellationToken cancellation)
    {
        if (job.AlarmAt == at && (at is null || IsWaiting(job.AlarmJob, job.Id, at)))
        {
            return;
        }

        var id = job.Id;

        // Hangfire puts in its own token in place of None.
        var call = at is { } due ? hangfire.Schedule<ScheduleRunner>(Queue, runner => runner.RunAsync(id, due, CancellationToken.None), due) : null;

        // If the program dies here there are two calls, and the one that comes in vain does no harm.
        await jobs.SetAlarmAsync(id, at, call, cancellation);
        if (job.AlarmJob is { } before && before != call && IsWaiting(before, id, job.AlarmAt))
        {
            hangfire.ChangeState(before, new DeletedState { Reason = "The job is due at another time." }, ScheduledState.StateName);
        }
    }

    // A storage in memory begins to count anew with each start: an id that was noted may be that of another call now.
    private bool IsWaiting(string? call, Guid job, DateTimeOffset? at)
    {
        using var connection = storage.GetConnection();
        return call is not null
            && connection.GetJobData(call) is { State: var state, Job: { Args: [Guid of, DateTimeOffset due, ..] } ordered }
            && state == ScheduledState.StateName && ordered.Type == typeof(ScheduleRunner) && of == job && due == at;
    }
}
