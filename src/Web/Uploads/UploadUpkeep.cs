using VzDump.Engine;
using VzDump.Engine.Restores.Uploads;

namespace VzDump.Web.Uploads;

/// <summary>Removes uploads that nobody goes on with.</summary>
internal sealed class UploadUpkeep(ArchiveUploads uploads, TimeProvider time, ILogger<UploadUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await uploads.RemoveOldAsync(stoppingToken);
            }
            catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
            {
                logger.UploadsStay(error);
            }
        }
    }
}
