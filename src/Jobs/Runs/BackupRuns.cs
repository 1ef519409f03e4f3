using VzDump.Engine.Backups;
using VzDump.Jobs.Live;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Runs;

/// <summary>The door to runs: start, cancel, look up.</summary>
public sealed class BackupRuns
{
    private readonly RunStore _store;
    private readonly RunQueue _queue;
    private readonly RunStopper _stopper;
    private readonly LiveRuns _liveRuns;
    private readonly RunChanges _changes;
    private readonly TimeProvider _time;

    internal BackupRuns(RunStore store, RunQueue queue, RunStopper stopper, LiveRuns liveRuns, RunChanges changes, TimeProvider time)
    {
        _store = store;
        _queue = queue;
        _stopper = stopper;
        _liveRuns = liveRuns;
        _changes = changes;
        _time = time;
    }

    /// <summary>Records a run and queues it. It begins at once when no other run is working.</summary>
    public async Task<Guid> StartAsync(BackupJob job, string startedBy, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var run = new Run { Id = Guid.CreateVersion7(now), Job = job, StartedBy = startedBy, CreatedAt = now };
        await _store.AddAsync(run, cancellation);

        // From here on the run exists. If the program dies before it is in the queue, the next start puts it there.
        _changes.StateChanged(run.Id);
        try
        {
            await _queue.AddAsync(run.Id);
        }
        catch (Exception error)
        {
            _store.TryFail(run.Id, $"The run could not be queued: {error.Message}", _time.GetUtcNow());
            _changes.StateChanged(run.Id);
            throw;
        }

        return run.Id;
    }

    /// <summary>
    /// Asks a queued or working run to stop. A queued one is cancelled when this returns; a working one goes on until its guest is cleaned
    /// up. False when it is over already or unknown.
    /// </summary>
    public async Task<bool> CancelAsync(Guid run, string cancelledBy, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_stopper.Stop(run, cancelledBy))
        {
            return false;
        }

        await _queue.RemoveAsync(run, $"Cancelled by {cancelledBy}.");
        return true;
    }

    /// <summary>With the live progress of its tasks while it works; null when unknown.</summary>
    public async Task<Run?> FindAsync(Guid run, CancellationToken cancellation) =>
        _liveRuns.Find(run) ?? await _store.FindAsync(run, cancellation);

    /// <summary>Newest first; with the live progress of one that works.</summary>
    public async Task<IReadOnlyList<Run>> ListAsync(int skip, int take, CancellationToken cancellation) =>
        [.. (await _store.ListAsync(skip, take, cancellation)).Select(run => run.State.IsFinal ? run : _liveRuns.Find(run.Id) ?? run)];

    /// <summary>How many runs there are in all.</summary>
    public Task<int> CountAsync(CancellationToken cancellation) => _store.CountAsync(cancellation);
}
