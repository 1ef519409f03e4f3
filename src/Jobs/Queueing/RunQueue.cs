using Hangfire;
using Hangfire.States;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>The queue in Hangfire in which runs wait for their turn. What it holds are ids; the runs themselves are in the store.</summary>
internal sealed class RunQueue(IBackgroundJobClient hangfire, JobStorage storage, RunStore store)
{
    public const string Name = "backups";

    /// <summary>Queues the run, or queues it again when Hangfire may have lost it: of several jobs the last one counts.</summary>
    public async Task AddAsync(Guid run)
    {
        var before = await store.FindHangfireJobAsync(run, CancellationToken.None);

        // Hangfire puts in its own token in place of None.
        var job = hangfire.Enqueue<BackupRunner>(Name, runner => runner.RunAsync(run, CancellationToken.None));
        await store.SetHangfireJobAsync(run, job, CancellationToken.None);
        if (before is not null && before != job && IsOf(before, run))
        {
            // After the new one is noted: the end of the one that counts would cancel the run.
            hangfire.ChangeState(before, new DeletedState { Reason = $"The run is queued again as #{job}." });
        }
    }

    /// <summary>Shows in Hangfire that the run was stopped, and takes it out of the queue if it waits there.</summary>
    public async Task RemoveAsync(Guid run, string reason)
    {
        if (await store.FindHangfireJobAsync(run, CancellationToken.None) is { } job && IsOf(job, run))
        {
            hangfire.ChangeState(job, new DeletedState { Reason = reason });
        }
    }

    // A storage in memory begins to count anew with each start: an id that was noted may be that of another run's job now.
    private bool IsOf(string job, Guid run)
    {
        using var connection = storage.GetConnection();
        return connection.GetJobData(job)?.Job is { Args: [Guid of, ..] } queued && queued.Type == typeof(BackupRunner) && of == run;
    }
}
