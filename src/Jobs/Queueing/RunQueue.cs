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
        var before = await FindJobAsync(run);

        // Hangfire puts in its own token in place of None.
        var job = hangfire.Enqueue<BackupRunner>(Name, runner => runner.RunAsync(run, CancellationToken.None));
        await store.SetHangfireJobAsync(run, job, CancellationToken.None);
        if (before is not null)
        {
            // After the new one is noted: the end of the one that counts would cancel the run.
            hangfire.ChangeState(before, new DeletedState { Reason = $"The run is queued again as #{job}." });
        }
    }

    /// <summary>Shows in Hangfire that the run was stopped, and takes it out of the queue if it waits there.</summary>
    public async Task RemoveAsync(Guid run, string reason)
    {
        if (await FindJobAsync(run) is { } job)
        {
            hangfire.ChangeState(job, new DeletedState { Reason = reason });
        }
    }

    // A job's number means nothing in a queue that was made anew: there it may be another run's.
    private async Task<string?> FindJobAsync(Guid run)
    {
        var job = await store.FindHangfireJobAsync(run, CancellationToken.None);
        using var connection = storage.GetConnection();
        return job is not null && connection.GetJobData(job)?.Job is { Args: [Guid id, ..] } && id == run ? job : null;
    }
}
