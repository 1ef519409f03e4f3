using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using VzDump.Jobs.Live;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>Keeps runs true to what is done to their jobs in Hangfire's own dashboard.</summary>
internal sealed class RunStateFilter(RunStopper stopper, RunStore store, RunChanges changes, RunMails mails, TimeProvider time, ILogger<RunStateFilter> logger)
    : IElectStateFilter, IApplyStateFilter
{
    public const string Dashboard = "Hangfire dashboard";

    /// <summary>What the dashboard shows for a job that somebody wanted to put back into the queue.</summary>
    public const string Refusal = "A run works only once and keeps its record. To repeat it, start a new run.";

    // Refused rather than repeated as a new run: that the job was called again does not tell whether a person asked for it, and a backup
    // that nobody asked for stops guests. A job that works is stopped by this, as Hangfire's requeue does with any job.
    public void OnStateElection(ElectStateContext context)
    {
        if (RunOf(context.BackgroundJob.Job) is not null
            && context.CandidateState is EnqueuedState or ScheduledState or AwaitingState
            && context.CurrentState is { } current
            && (current == ProcessingState.StateName || current == SucceededState.StateName
                || current == FailedState.StateName || current == DeletedState.StateName))
        {
            context.CandidateState = new DeletedState { Reason = Refusal };
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
            case DeletedState:
                // Of a run that the product's own button stopped this is no news, and changes nothing.
                stopper.Stop(run, Dashboard);
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

    // A job whose code cannot be loaded is null; it is none of ours.
    private static Guid? RunOf(Job? job) => job is { Args: [Guid run, ..] } && job.Type == typeof(BackupRunner) ? run : null;
}
