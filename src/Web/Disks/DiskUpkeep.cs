using VzDump.Engine.Browsing.Disks;

namespace VzDump.Web.Disks;

/// <summary>Removes disks that were unpacked and ends their readers when nobody uses them any more, and what an earlier program left.</summary>
internal sealed class DiskUpkeep(DiskImages images, DiskFiles files, TimeProvider time, ILogger<DiskUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1), ReaderUnusedFor = TimeSpan.FromMinutes(10), ImageUnusedFor = TimeSpan.FromHours(1);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Try(images.RemoveAll);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await files.EndAsync(ReaderUnusedFor);
            Try(() => images.Remove(ImageUnusedFor));
        }
    }

    private void Try(Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.DisksStay(error);
        }
    }
}
