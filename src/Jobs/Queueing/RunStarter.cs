using VzDump.Engine.Backups;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>Records runs, then queues them: in this order, so that the program may die in between.</summary>
internal sealed class RunStarter(RunStore store, RunQueue queue, RunChanges changes, AuditTrail audit, TimeProvider time) : IDisposable
{
    // The places in the queue are those of the records: two runs must not overtake one another on the way.
    private readonly SemaphoreSlim _one = new(1);

    public async Task StartAsync(Run run, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var (what, subject, details) = run.Work switch
            {
                RunWork.Restore { Request: var request } => ("restore started", request.ArchivePath, $"{(request.Replace ? "replaces" : "as")} guest {request.Target}, "),
                RunWork.PutBack { Request: var files } => ("files restored", files.ArchivePath, $"to guest {files.Target}{(files.Folder is { } folder ? $" in {folder}" : "")}: {string.Join(", ", files.Paths.Take(10))}{(files.Paths.Count > 10 ? ", …" : "")}, "),
                RunWork.Verify check => ("check started", check.ArchivePath, ""),
                RunWork.Trial trial => ("restore test started", trial.Request.ArchivePath, ""),
                _ => (run.Trigger is RunTrigger.Retry ? "run repeated" : "run started", run.SavedJobName ?? BackupCommandLine.Of(run.Job), ""),
            };
            await audit.AddAsync(run.StartedBy, what, subject, $"{details}run {run.Id}", CancellationToken.None);
            await store.AddAsync(run, cancellation);
            await QueueAsync(run.Id);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The same for a run that is recorded together with other things.</summary>
    /// <param name="record">Answers the run that is recorded now, or null.</param>
    public async Task StartRecordedAsync(Func<Task<Guid?>> record, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (await record() is { } run)
            {
                await QueueAsync(run);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Queues a run that is recorded already. If the program dies before, the next start does it.</summary>
    public async Task QueueAsync(Guid run)
    {
        changes.StateChanged(run);
        try
        {
            await queue.AddAsync(run);
        }
        catch (Exception error)
        {
            store.TryFail(run, $"The run could not be queued: {error.Message}", time.GetUtcNow());
            changes.StateChanged(run);
            throw;
        }
    }

    public void Dispose() => _one.Dispose();
}
