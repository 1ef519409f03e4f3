using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace VzDump.Jobs.StorageUse;

/// <summary>Looks at a start, and then again and again, whether it is time to note how full the storages are.</summary>
internal sealed class StorageWatch(StorageSampling sampling, TimeProvider time, ILogger<StorageWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await sampling.LookAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                logger.UseNotNoted(error);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
