using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>Stops runs, for the product's own button and for Hangfire's.</summary>
internal sealed class RunStopper(RunStore store, LiveRuns liveRuns, RunChanges changes, TimeProvider time)
{
    /// <summary>False when it is over or unknown.</summary>
    public bool Stop(Guid run, StopKind kind, string by)
    {
        var outcome = store.Stop(run, by, time.GetUtcNow());
        if (outcome is StopOutcome.Asked or StopOutcome.AskedBefore)
        {
            // The note comes first: a runner that claims meanwhile reads the note after it has made itself known here.
            liveRuns.Stop(run, kind, by);
        }

        if (outcome is StopOutcome.Cancelled)
        {
            changes.QueueMoved();
        }
        else if (outcome is not StopOutcome.Over)
        {
            changes.StateChanged(run);
        }

        return outcome is not StopOutcome.Over;
    }
}
