using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using VzDump.Jobs.Live;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>Keeps runs true to what is done to their jobs in Hangfire's own dashboard.</summary>
/// <param name="retries">Asked for when needed: to queue a run it needs Hangfire, which needs its filters.</param>
internal sealed class RunStateFilter(
    RunStopper stopper, RunStore store, Lazy<RunRetries> retries, RunChanges changes, RunMails mails, TimeProvider time, ILogger<RunStateFilter> logger)
    : IElectStateFilter, IApplyStateFilter
{
    public const string Dashboard = Run.HangfireDashboard;

    /// <summary>What the dashboard shows for the job of a working run that somebody wanted to put back into the queue.</summary>
    public const string Refusal = "A run works only once and keeps its record. To repeat it, start a new run.";

    // "Requeue" of a run that is over repeats it for the guests that have no archive: retries are off and our own code never puts a job
    // back, so a person asked for it. The job itself ends: the new run has its own. A job that works is stopped by "Requeue", as
    // Hangfire does with any job, and nothing new begins: its guest must first be cleaned up.
    public void OnStateElection(ElectStateContext context)
    {
        if (RunOf(context.BackgroundJob.Job) is { } run
            && context.CandidateState is EnqueuedState or ScheduledState or AwaitingState
            && context.CurrentState is { } current
            && (current == ProcessingState.StateName || current == SucceededState.StateName
                || current == FailedState.StateName || current == DeletedState.StateName))
        {
            context.CandidateState = new DeletedState { Reason = store.StateOf(run) is { IsFinal: true } ? Repeat(run) : Refusal };
        }
    }

    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        if (RunOf(context.BackgroundJob.Job) is not { } run)
        {
            return;
        }

        switch (context.NewState)
        {
            case DeletedState when store.IsQueuedOtherwise(run, context.BackgroundJob.Id):
                break;

            case DeletedState:
                // Of a run that the product's own button stopped this is no news, and changes nothing.
                stopper.Stop(run, StopKind.Now, Dashboard);
                break;

            // When the run's own end is recorded, it is over and this changes nothing. Else it could not even begin, or not be recorded.
            case FailedState failed when store.TryFail(run, $"The run could not be executed: {failed.Exception.Message}", time.GetUtcNow()):
                logger.HangfireFailed(failed.Exception, run);
                changes.StateChanged(run);
                mails.Ended(run);
                break;
        }
    }

    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
    }

    // Hangfire's filters are not asynchronous, and its threads have nothing that could wait for this one.
    private string Repeat(Guid run) => retries.Value.StartAsync(run, Dashboard, CancellationToken.None).GetAwaiter().GetResult() switch
    {
        RetryOutcome.Started started => $"Repeated for the guests without archive as run {started.Run}.",
        RetryOutcome.Refused refused => refused.Reason,
        _ => Refusal,
    };

    // A job whose code cannot be loaded is null; it is none of ours.
    private static Guid? RunOf(Job? job) => job is { Args: [Guid run, ..] } && job.Type == typeof(BackupRunner) ? run : null;
}
