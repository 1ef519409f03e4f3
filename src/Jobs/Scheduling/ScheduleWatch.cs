using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Scheduling;

/// <summary>
/// Looks at all schedules when the program starts, and then again and again: when the clock or the time zone was changed, when a call that
/// was ordered from Hangfire was deleted there, when the database could not answer. Hangfire is what makes it precise; this makes it sure.
/// </summary>
internal sealed class ScheduleWatch(JobSchedules schedules, RunRecovery recovery, DatabaseClaim claim, TimeProvider time, ILogger<ScheduleWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    // Clocks are trimmed by less than this all the time.
    private static readonly TimeSpan Leap = TimeSpan.FromSeconds(2);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await schedules.LookAtAllAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var zone = time.LocalTimeZone.Id;
        while (true)
        {
            var (wall, ticks) = (time.GetUtcNow(), time.GetTimestamp());
            try
            {
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var leap = time.GetUtcNow() - wall - time.GetElapsedTime(ticks);
            if (leap.Duration() > Leap)
            {
                logger.ClockLeapt(leap);
            }

            // .NET remembers the host's zone for good otherwise.
            TimeZoneInfo.ClearCachedData();
            if (time.LocalTimeZone.Id != zone)
            {
                logger.ZoneChanged(zone, time.LocalTimeZone.Id);
                zone = time.LocalTimeZone.Id;
            }

            await LookAsync(stoppingToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            await claim.KeepAsync(cancellation);
            await schedules.LookAtAllAsync(cancellation);
            await recovery.CloseAbandonedAsync(cancellation);
            await recovery.QueueForgottenAsync(cancellation);
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
