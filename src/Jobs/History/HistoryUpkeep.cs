using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace VzDump.Jobs.History;

/// <summary>Keeps the history within its limits, some minutes after a start and then twice a day.</summary>
internal sealed class HistoryUpkeep(HistoryLimit limit, TimeProvider time, ILogger<HistoryUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromHours(12);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var wait = AfterStart; ; wait = Pause)
        {
            try
            {
                await Task.Delay(wait, time, stoppingToken);
                await limit.ApplyAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // A folder that cannot be written, a database that does not answer: in half a day it may.
                logger.HistoryNotShortened(error);
            }
        }
    }
}
