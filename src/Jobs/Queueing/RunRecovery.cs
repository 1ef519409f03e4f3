using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>
/// Prepares the database, and brings in order what the last program left. Registered before Hangfire's server, so that nothing works yet.
/// </summary>
internal sealed class RunRecovery(JobsOptions options, JobsDatabase database, RunStore store, RunQueue queue, LiveRuns liveRuns, RunChanges changes, TimeProvider time, ILogger<RunRecovery> logger) : IHostedService
{
    private const string EndLost = "How this run ended could not be recorded; its log tells.";

    // Much longer than Hangfire needs to take what waits.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private long _queuedAgainAt = time.GetTimestamp();

    public const string ProgramEnded = "The program ended while this run was working.";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.DataFolder);
        await using (var context = database.Open())
        {
            await ProductDatabase.MigrateAsync(context.Database, options, time, cancellationToken);
        }

        foreach (var run in await store.ListInAsync(RunState.Running, cancellationToken))
        {
            await store.FinishAsync(run.Ended(RunState.Interrupted, ProgramEnded, time.GetUtcNow()), cancellationToken);
            logger.RunFoundInterrupted(run.Id);
        }

        // Hangfire's queue may be gone or another one. If it is not: of a run's two jobs the older is taken out, and a run is claimed once.
        foreach (var run in await store.ListInAsync(RunState.Queued, cancellationToken))
        {
            await queue.AddAsync(run.Id);
            logger.RunQueuedAgain(run.Id);
        }
    }

    /// <summary>
    /// Closes runs that are recorded as working though nobody here works on them: their end could not be written when it came. Nobody else
    /// works on the database.
    /// </summary>
    public async Task CloseAbandonedAsync(CancellationToken cancellation)
    {
        foreach (var run in await store.ListInAsync(RunState.Running, cancellation))
        {
            // Asked after the record was read: one that is claimed is live from before its claim until after its end is written.
            if (!liveRuns.Contains(run.Id) && await store.FinishAsync(run.Ended(RunState.Interrupted, EndLost, time.GetUtcNow()), cancellation))
            {
                logger.RunAbandoned(run.Id);
                changes.StateChanged(run.Id);
            }
        }
    }

    /// <summary>
    /// Queues a run again that waits for its turn though none works: Hangfire lost it, or somebody took it out there without a trace. A run
    /// is claimed once, so the worst that comes of it is a call in vain.
    /// </summary>
    public async Task QueueForgottenAsync(CancellationToken cancellation)
    {
        if ((await store.ListInAsync(RunState.Running, cancellation)).Count == 0
            && await store.ListInAsync(RunState.Queued, cancellation) is [var next, ..]
            && !liveRuns.Contains(next.Id)
            && next.CreatedAt <= time.GetUtcNow() - Patience && time.GetElapsedTime(_queuedAgainAt) > Patience)
        {
            _queuedAgainAt = time.GetTimestamp();
            await queue.AddAsync(next.Id);
            logger.RunQueuedAgain(next.Id);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
