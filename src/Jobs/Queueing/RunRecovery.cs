using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Queueing;

/// <summary>
/// Prepares the database, and brings in order what the last program left. Registered before Hangfire's server, so that nothing works yet.
/// </summary>
internal sealed class RunRecovery(JobsOptions options, JobsDatabase database, RunStore store, RunQueue queue, TimeProvider time, ILogger<RunRecovery> logger) : IHostedService
{
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

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
