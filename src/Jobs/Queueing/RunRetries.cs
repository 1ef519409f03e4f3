using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>Repeats a run for the guests that have no archive from it, as a new run with the options that it had.</summary>
internal sealed class RunRetries(RunStore store, RunStarter starter, TimeProvider time)
{
    public async Task<RetryOutcome> StartAsync(Guid of, string by, CancellationToken cancellation)
    {
        if (await store.FindAsync(of, cancellation) is not { } run)
        {
            return new RetryOutcome.Refused("There is no such run.");
        }

        if (Refusal(run) is { } refusal)
        {
            return new RetryOutcome.Refused(refusal);
        }

        if (await store.FindOpenRetryAsync(of, cancellation) is not null)
        {
            return new RetryOutcome.Refused("Another run repeats it already. Wait until that one is over.");
        }

        var now = time.GetUtcNow();
        var retry = new Run
        {
            Id = Guid.CreateVersion7(now),
            Job = run.Job with { Selection = Open(run) },
            StartedBy = by,
            Trigger = new RunTrigger.Retry(of),
            SavedJob = run.SavedJob,
            SavedJobName = run.SavedJobName,
            CreatedAt = now,
        };
        await starter.StartAsync(retry, cancellation);
        return new RetryOutcome.Started(retry.Id);
    }

    private static string? Refusal(Run run) => run switch
    {
        { IsBackup: false } => "Only backups can be repeated so. Start the restore or the check again from its archive.",
        { State.IsFinal: false } => "The run is not over yet. Stop it, or wait for its end.",
        { State: RunState.Succeeded } => "Every guest of this run has its archive; there is nothing to repeat.",
        { Tasks.Count: > 0 } when run.Tasks.All(task => task.State is RunTaskState.Done) => "Every guest of this run has its archive; there is nothing to repeat.",
        _ => null,
    };

    // One that ended before it knew its guests is repeated as it was asked for.
    private static GuestSelection Open(Run run) => run.Tasks.Count == 0
        ? run.Job.Selection
        : new GuestSelection.Ids([.. run.Tasks.Where(task => task.State is not RunTaskState.Done).Select(task => task.Guest)]);
}
