using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VzDump.Jobs.Live;

namespace VzDump.Jobs.Checks;

/// <summary>Looks after scheduled checks and restore tests again and again, and whenever a run has begun or ended: so the next archive follows the one before.</summary>
// Not ordered from Hangfire like saved jobs: nobody minds a check that begins some seconds late.
internal sealed class CheckWatch(ScheduledChecks checks, ScheduledTrials trials, RunChanges changes, TimeProvider time, ILogger<CheckWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watch = changes.Begin(run: null);
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(checks.LookAsync, stoppingToken);
            await LookAsync(trials.LookAsync, stoppingToken);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(watch.WaitAsync(either.Token), Task.Delay(Pause, time, either.Token));
            await either.CancelAsync();
        }
    }

    private async Task LookAsync(Func<CancellationToken, Task> look, CancellationToken cancellation)
    {
        try
        {
            await look(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The loop ends by itself.
        }
        catch (Exception error)
        {
            logger.WatchFailed(error);
        }
    }
}
