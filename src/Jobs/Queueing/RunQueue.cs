using Hangfire;
using Hangfire.States;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>The queue in Hangfire in which runs wait for their turn. What it holds are ids; the runs themselves are in the store.</summary>
internal sealed class RunQueue(IBackgroundJobClient hangfire, RunStore store)
{
    public const string Name = "backups";

    public async Task AddAsync(Guid run)
    {
        // Hangfire puts in its own token in place of None.
        var job = hangfire.Enqueue<BackupRunner>(Name, runner => runner.RunAsync(run, CancellationToken.None));
        await store.SetHangfireJobAsync(run, job, CancellationToken.None);
    }

    /// <summary>Shows in Hangfire that the run was stopped, and takes it out of the queue if it waits there.</summary>
    public async Task RemoveAsync(Guid run, string reason)
    {
        if (await store.FindHangfireJobAsync(run, CancellationToken.None) is { } job)
        {
            hangfire.ChangeState(job, new DeletedState { Reason = reason });
        }
    }
}
