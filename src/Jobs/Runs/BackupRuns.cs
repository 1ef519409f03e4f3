using VzDump.Engine.Backups;
using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Live;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Runs;

/// <summary>The door to runs: start, stop, repeat, look up.</summary>
public sealed class BackupRuns
{
    private readonly RunStore _store;
    private readonly RunStarter _starter;
    private readonly RunRetries _retries;
    private readonly RunQueue _queue;
    private readonly RunStopper _stopper;
    private readonly LiveRuns _liveRuns;
    private readonly AuditTrail _audit;
    private readonly TimeProvider _time;

    internal BackupRuns(RunStore store, RunStarter starter, RunRetries retries, RunQueue queue, RunStopper stopper, LiveRuns liveRuns, AuditTrail audit, TimeProvider time)
    {
        _store = store;
        _starter = starter;
        _retries = retries;
        _queue = queue;
        _stopper = stopper;
        _liveRuns = liveRuns;
        _audit = audit;
        _time = time;
    }

    /// <summary>Records a run and queues it. It begins at once when no other run is working.</summary>
    public async Task<Guid> StartAsync(BackupJob job, string startedBy, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var run = new Run { Id = Guid.CreateVersion7(now), Job = job, StartedBy = startedBy, CreatedAt = now };
        await _starter.StartAsync(run, cancellation);
        return run.Id;
    }

    /// <summary>Records a restore and queues it: its turn comes like a backup's. Whether it can be done so is looked at then, too.</summary>
    public Task<Guid> StartRestoreAsync(RestoreRequest request, string startedBy, CancellationToken cancellation) =>
        StartAsync(new RunWork.Restore(request), request.Target, startedBy, cancellation);

    /// <summary>Records that files are to be put into a container, and queues it.</summary>
    public Task<Guid> StartPutBackAsync(PutBackRequest request, string startedBy, CancellationToken cancellation) =>
        StartAsync(new RunWork.PutBack(request), request.Target, startedBy, cancellation);

    /// <summary>Records a check of an archive and queues it; it changes nothing but what is known of the archive (<see cref="History.ArchiveChecks"/>).</summary>
    /// <param name="guest">Whose archive it is.</param>
    public Task<Guid> StartVerifyAsync(string archivePath, GuestId guest, string startedBy, CancellationToken cancellation) =>
        StartAsync(new RunWork.Verify(archivePath), guest, startedBy, cancellation);

    /// <summary>Records a restore test of an archive and queues it; what it shows is known then (<see cref="History.RestoreProofs"/>).</summary>
    /// <param name="guest">Whose archive it is.</param>
    public Task<Guid> StartTrialAsync(TrialRequest request, GuestId guest, string startedBy, CancellationToken cancellation) =>
        StartAsync(new RunWork.Trial(request), guest, startedBy, cancellation);

    /// <summary>Backs up those guests of a run that is over which have no archive from it: a new run, with the options as they were.</summary>
    public Task<RetryOutcome> RetryAsync(Guid run, string startedBy, CancellationToken cancellation) => _retries.StartAsync(run, startedBy, cancellation);

    /// <summary>Stops a run now; see <see cref="StopAsync"/>.</summary>
    public Task<bool> CancelAsync(Guid run, string cancelledBy, CancellationToken cancellation) => StopAsync(run, StopKind.Now, cancelledBy, cancellation);

    /// <summary>
    /// Asks a queued or working run to stop. A queued one is cancelled when this returns, however it was asked; a working one goes on until
    /// its guest is done or cleaned up. Who asked to stop after the guest may ask again, to stop now. False when it is over already or unknown.
    /// </summary>
    public async Task<bool> StopAsync(Guid run, StopKind kind, string stoppedBy, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_stopper.Stop(run, kind, stoppedBy))
        {
            return false;
        }

        await _audit.AddAsync(stoppedBy, kind is StopKind.Now ? "run stopped" : "run stopped after its guest", $"run {run}", null, CancellationToken.None);

        // In Hangfire a working job that is deleted is cancelled at once: one that may finish its guest stays there until then.
        if (kind is StopKind.Now || _liveRuns.Find(run) is null)
        {
            await _queue.RemoveAsync(run, $"Cancelled by {stoppedBy}.");
        }

        return true;
    }

    /// <summary>With the live progress of its tasks while it works, and its place while it waits; null when unknown.</summary>
    public async Task<Run?> FindAsync(Guid run, CancellationToken cancellation) =>
        _liveRuns.Find(run) is { } live
            ? live
            : await _store.FindAsync(run, cancellation) is { } found
                ? (await WithPlacesAsync([found], cancellation))[0]
                : null;

    /// <summary>Newest first; with the live progress of one that works, and the places of those that wait.</summary>
    public Task<IReadOnlyList<Run>> ListAsync(int skip, int take, CancellationToken cancellation) => ListAsync(skip, take, new RunFilter(), cancellation);

    /// <summary>The same of those that are chosen.</summary>
    public async Task<IReadOnlyList<Run>> ListAsync(int skip, int take, RunFilter filter, CancellationToken cancellation) =>
        await WithPlacesAsync(
            [.. (await _store.ListAsync(skip, take, filter, cancellation)).Select(run => run.State.IsFinal ? run : _liveRuns.Find(run.Id) ?? run)], cancellation);

    /// <summary>The runs of a saved job, newest first.</summary>
    public async Task<IReadOnlyList<Run>> ListOfJobAsync(Guid savedJob, int take, CancellationToken cancellation) =>
        await WithPlacesAsync(
            [.. (await _store.ListOfJobAsync(savedJob, take, cancellation)).Select(run => run.State.IsFinal ? run : _liveRuns.Find(run.Id) ?? run)], cancellation);

    /// <summary>Due times since then at which no run began, newest first.</summary>
    public Task<IReadOnlyList<Run>> ListMissedAsync(DateTimeOffset since, CancellationToken cancellation) => _store.ListMissedAsync(since, cancellation);

    /// <summary>How many runs there are in all.</summary>
    public Task<int> CountAsync(CancellationToken cancellation) => CountAsync(new RunFilter(), cancellation);

    public Task<int> CountAsync(RunFilter filter, CancellationToken cancellation) => _store.CountAsync(filter, cancellation);

    private async Task<Guid> StartAsync(RunWork work, GuestId guest, string startedBy, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var run = new Run { Id = Guid.CreateVersion7(now), Job = new BackupJob { Selection = new GuestSelection.Ids([guest]) }, Work = work, StartedBy = startedBy, CreatedAt = now };
        await _starter.StartAsync(run, cancellation);
        return run.Id;
    }

    private async Task<IReadOnlyList<Run>> WithPlacesAsync(IReadOnlyList<Run> runs, CancellationToken cancellation)
    {
        if (runs.All(run => run.State is not RunState.Queued))
        {
            return runs;
        }

        var queue = await _store.ListQueueAsync(cancellation);
        return [.. runs.Select(run => queue.IndexOf(run.Id) is >= 0 and var place ? run with { Place = place + 1 } : run)];
    }
}
