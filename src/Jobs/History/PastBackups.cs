using VzDump.Engine.Guests;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.History;

/// <summary>The past backups of all guests: our own record and what the storages tell, each backup once.</summary>
public sealed class PastBackups
{
    // A backup's archive is named after the second in which it began, which is told a little earlier or later than its task.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private readonly StorageHistory _storages;
    private readonly RunStore _runs;
    private readonly LiveRuns _live;

    internal PastBackups(StorageHistory storages, RunStore runs, LiveRuns live)
    {
        _storages = storages;
        _runs = runs;
        _live = live;
    }

    /// <summary>Those that began since then, newest first. Those at work are among them; those of runs that wait or were missed are not.</summary>
    public async Task<BackupHistory> ListAsync(DateTimeOffset since, CancellationToken cancellation)
    {
        var (recorded, logs) = (new List<PastBackup>(), new List<PastBackup>());
        var told = await _storages.ListAsync(since, cancellation);
        foreach (var run in (await _runs.ListSinceAsync(since, cancellation)).Where(run => run.IsBackup))
        {
            recorded.AddRange((_live.Find(run.Id) ?? run).Tasks.Where(task => task.StartedAt >= since).Select(task => Of(run, task)));
        }

        var ours = recorded.ToLookup(backup => backup.Guest);
        var merged = new Dictionary<PastBackup, PastBackup>(ReferenceEqualityComparer.Instance);
        foreach (var backup in told.Backups)
        {
            if (Match(backup, ours[backup.Guest]) is { } known)
            {
                merged[known] = known with { Storage = backup.Storage, LogPath = backup.LogPath ?? known.LogPath, ArchivePath = backup.ArchivePath, ArchiveSize = backup.ArchiveSize ?? known.ArchiveSize };
            }
            else
            {
                logs.Add(backup);
            }
        }

        return new BackupHistory(
            [.. recorded.Select(backup => merged.GetValueOrDefault(backup, backup)).Concat(logs).OrderByDescending(backup => backup.StartedAt).ThenBy(backup => backup.Guest.Value)],
            told.Problems);
    }

    // By the archive's name; a failed one has none, but a node backs up a guest once at a time.
    private static PastBackup? Match(PastBackup told, IEnumerable<PastBackup> ours) => ours.FirstOrDefault(backup =>
        (told.ArchivePath is not null && Path.GetFileName(told.ArchivePath) == Path.GetFileName(backup.ArchivePath))
        || (told.StartedAt >= backup.StartedAt - Slack && told.StartedAt <= (backup.FinishedAt ?? DateTimeOffset.MaxValue - Slack) + Slack && told.Kind == (backup.Kind ?? told.Kind)
            && (told.ArchivePath is null || backup.ArchivePath is null)));

    private static PastBackup Of(Run run, RunTask task) => new()
    {
        Guest = task.Guest,
        Kind = task.Kind,
        Name = task.Name,
        State = task.State,
        StartedAt = task.StartedAt!.Value,
        FinishedAt = task.FinishedAt,
        ArchivePath = task.ArchivePath,
        ArchiveSize = task.ArchiveSize,
        Error = task.Error,
        Run = run.Id,
    };
}
