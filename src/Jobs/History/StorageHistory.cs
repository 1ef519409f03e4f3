using System.Collections.Concurrent;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Storages;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.History;

/// <summary>What the storages tell of past backups: archives, and the logs of those that failed, whoever made them.</summary>
internal sealed class StorageHistory(StorageInventory storages, TimeProvider time)
{
    // A log does not change any more once its backup is over: read again only when it has another length or time.
    private readonly ConcurrentDictionary<string, (long Length, DateTime Written, StorageLog? Log)> _read = new(StringComparer.Ordinal);

    public async Task<BackupHistory> ListAsync(DateTimeOffset since, CancellationToken cancellation)
    {
        var problems = new List<string>();
        var backups = new List<PastBackup>();
        foreach (var storage in await StoragesAsync(problems, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                backups.AddRange(List(storage, since));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                problems.Add($"The logs of the storage '{storage.Name}' cannot be read: {error.Message}");
            }
        }

        return new BackupHistory(backups, problems);
    }

    private async Task<IReadOnlyList<StorageState>> StoragesAsync(List<string> problems, CancellationToken cancellation)
    {
        try
        {
            var all = await storages.ListAsync(cancellation);
            problems.AddRange(all.Select(storage => storage.Problem).OfType<string>());

            // Two names may stand for one folder.
            return [.. all.Where(storage => storage.Problem is null).DistinctBy(storage => Path.GetFullPath(storage.ArchiveFolder))];
        }
        catch (ProblemException problem)
        {
            problems.Add(problem.Message);
            return [];
        }
    }

    private IEnumerable<PastBackup> List(StorageState storage, DateTimeOffset since)
    {
        var archives = ArchiveFolder.List(storage.Name, storage.ArchiveFolder, time.LocalTimeZone).Where(archive => !archive.IsRenamed && archive.Guest is not null).ToList();
        foreach (var archive in archives.Where(archive => archive.Time >= since))
        {
            yield return Of(storage, archive.Name, archive.LogPath, archive);
        }

        // e.g. vzdump-lxc-101-2026_08_22-03_00_00.log without an archive: that backup failed.
        var stems = archives.Select(archive => ArchiveName.StemOf(archive.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(storage.ArchiveFolder, "vzdump-*.log").Where(path => !stems.Contains(Path.GetFileNameWithoutExtension(path))))
        {
            if (ArchiveName.TryParse(NameOf(path)) is { } name && AtZone(name.LocalTime) >= since)
            {
                yield return Of(storage, name.FileName, path);
            }
        }
    }

    private PastBackup Of(StorageState storage, string archiveName, string? logPath, Archive? archive = null)
    {
        var name = ArchiveName.TryParse(archiveName)!;
        var log = logPath is null ? null : Read(logPath);
        var started = AtZone(name.LocalTime);
        return new PastBackup
        {
            Guest = name.Guest,
            Kind = name.Kind,

            // An archive has its name only when all of it is on the disk; what failed then came after it. A log that says it ended well without
            // an archive: that one was removed since, or moved away.
            State = log?.State is RunTaskState.Failed ? RunTaskState.Failed : archive is not null ? RunTaskState.Done : log?.State ?? RunTaskState.Failed,
            ArchivePath = archive?.Path,
            ArchiveSize = archive?.Size,
            StartedAt = started,
            FinishedAt = started + log?.Took,
            Error = log?.Error,
            Storage = storage.Name,
            LogPath = logPath,
        };
    }

    private StorageLog? Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        if (_read.TryGetValue(path, out var known) && known.Length == file.Length && known.Written == file.LastWriteTimeUtc)
        {
            return known.Log;
        }

        var log = StorageLog.TryRead(path);
        _read[path] = (file.Length, file.LastWriteTimeUtc, log);
        return log;
    }

    // The stem of a log is that of an archive; any extension of one makes it a name.
    private static string NameOf(string log) => Path.GetFileNameWithoutExtension(log) + (Path.GetFileName(log).StartsWith("vzdump-qemu-", StringComparison.Ordinal) ? ".vma" : ".tar");

    private DateTimeOffset AtZone(DateTime local) => new(local, time.LocalTimeZone.GetUtcOffset(local));
}
