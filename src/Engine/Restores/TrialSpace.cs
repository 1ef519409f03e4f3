using VzDump.Engine.Backups;

namespace VzDump.Engine.Restores;

/// <summary>Sees to it that a trial does not fill the storage on which other guests live: before it begins, and while data flows.</summary>
internal sealed class TrialSpace(RestorePlan plan, TimeProvider time)
{
    private const long MostReserve = 1L << 30;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <exception cref="ProblemException">There is too little; the message says how much is needed.</exception>
    public void Check()
    {
        // How much is in the archive is known only at its end. A compressed one seldom holds less than twice its size; a disk holds at most its own.
        var path = plan.Request.ArchivePath;
        var expected = new FileInfo(path).Length * (Path.GetExtension(path) is ".tar" or ".vma" ? 1 : 2);
        var sizes = plan.Volumes.Select(volume => volume.SizeBytes).ToList();
        var needed = sizes.Count == 0 ? 0 : sizes.TrueForAll(size => size > 0) ? Math.Min(sizes.Sum(), expected) : expected;
        foreach (var drive in Drives())
        {
            if (drive.AvailableFreeSpace < needed + ReserveOf(drive))
            {
                throw new ProblemException(
                    $"There is too little room for a restore test: {drive.Name} has {VzdumpFormat.Amount(drive.AvailableFreeSpace)} free, about {VzdumpFormat.Amount(needed)} are needed and {VzdumpFormat.Amount(ReserveOf(drive))} stay free for others. Choose another storage for tests, or make room.");
            }
        }
    }

    /// <summary>Does this unless meanwhile only the reserve is left.</summary>
    /// <exception cref="ProblemException">It was stopped for that.</exception>
    public async Task GuardAsync(Func<CancellationToken, Task> action, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(stop, over.Token);
        try
        {
            await action(stop.Token);
        }
        catch (OperationCanceledException stopped) when (!cancellation.IsCancellationRequested && stop.IsCancellationRequested)
        {
            throw new ProblemException("The restore test was stopped before it filled the storage: only what stays free for others was left. Choose another storage for tests, or make room.", stopped);
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
    }

    private async Task WatchAsync(CancellationTokenSource stop, CancellationToken over)
    {
        var drives = Drives();
        while (!over.IsCancellationRequested)
        {
            if (drives.Any(drive => drive.AvailableFreeSpace < ReserveOf(drive)))
            {
                await stop.CancelAsync();
                return;
            }

            await Task.Delay(Pause, time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static long ReserveOf(DriveInfo drive) => Math.Min(MostReserve, drive.TotalSize / 20);

    // The nearest folder that is there: those of the volumes are not made yet.
    private IReadOnlyList<DriveInfo> Drives()
    {
        var folders = plan.Volumes.Select(volume =>
        {
            var folder = volume.Path;
            while (!Directory.Exists(folder))
            {
                folder = Path.GetDirectoryName(folder)!;
            }

            return folder;
        });
        return [.. folders.Distinct(StringComparer.Ordinal).Select(folder => new DriveInfo(folder))];
    }
}
