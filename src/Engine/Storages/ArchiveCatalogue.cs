using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using VzDump.Engine.Archives;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Storages;

/// <summary>The archives of all storages, read from their folders, and what a person may do with one of them.</summary>
public sealed class ArchiveCatalogue(NodePaths paths, StorageActivation activation, BoundedAccess access, FolderListing folders, ArchiveConfigReader configs, TimeProvider time)
{
    private const int LongestLog = 4 * 1024 * 1024;

    // A change by us is seen at once. One by a run, or by another node on the same server, is looked for.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<(string Name, string Folder), ArchiveShelf> _shelves = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Newest first. A storage that cannot be read becomes a problem and does not hide the others.</summary>
    public async Task<ArchiveListing> ListAsync(CancellationToken cancellation)
    {
        var (storages, problem) = await StoragesAsync(cancellation);
        return ArchiveListing.Of(await Task.WhenAll(storages.Select(storage => ReadAsync(storage, cancellation))), problem);
    }

    /// <summary>The same of some storages only; no other one is asked.</summary>
    public async Task<ArchiveListing> ListAsync(IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        var (storages, problem) = await StoragesAsync(cancellation);
        var wanted = storages.Where(storage => names.Contains(storage.Name)).ToList();
        var gone = problem is null ? names.Except(storages.Select(storage => storage.Name), StringComparer.Ordinal).Select(name => $"There is no storage '{name}' for backups.") : [];
        return ArchiveListing.Of([.. await Task.WhenAll(wanted.Select(storage => ReadAsync(storage, cancellation))), new ArchiveListing([], [.. gone])], problem);
    }

    /// <summary>What there is as soon as each storage answers, so that a slow one does not hold up the others; then again whenever something has changed.</summary>
    public async IAsyncEnumerable<ArchiveListing> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var (storages, problem) = await StoragesAsync(cancellation);
        var parts = new List<ArchiveListing>();
        var changed = _changed.Task;
        await foreach (var part in Task.WhenEach(storages.Select(storage => ReadAsync(storage, cancellation))).WithCancellation(cancellation))
        {
            parts.Add(await part);
            if (parts.Count < storages.Count)
            {
                yield return ArchiveListing.Of(parts, problem);
            }
        }

        var shown = ArchiveListing.Of(parts, problem);
        yield return shown;
        while (true)
        {
            await Task.WhenAny(changed, Task.Delay(LookAgain, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            changed = _changed.Task; // before looking: what changes meanwhile is looked for again
            if (await ListAsync(cancellation) is var now && !now.IsSame(shown))
            {
                yield return shown = now;
            }
        }
    }

    /// <summary>One archive as it is now; null when there is none. No other storage is asked.</summary>
    /// <exception cref="ProblemException">Its storage cannot be read.</exception>
    public async Task<Archive?> FindAsync(ArchiveId archive, CancellationToken cancellation)
    {
        if ((await StorageConfig.ReadAsync(paths.StorageConfig, cancellation)).Storages.FirstOrDefault(known => known.Name == archive.Storage && known.HoldsBackups) is not { } definition)
        {
            return null;
        }

        var listing = await ReadAsync(definition, cancellation);
        return listing.Problems is [var problem, ..] ? throw new ProblemException(problem) : listing.Archives.FirstOrDefault(known => known.Name == archive.Name);
    }

    /// <summary>An archive's notes, whole; empty when it has none.</summary>
    /// <exception cref="ProblemException">The storage cannot be used, or the notes cannot be read.</exception>
    public async Task<string> ReadNotesAsync(ArchiveId archive, CancellationToken cancellation)
    {
        var storage = await ActivateAsync(archive.Storage, cancellation);
        var path = Path.Combine(storage.Folder, archive.Name + ".notes");
        var found = await access.AskAsync(storage.Place, new HostCommand("stat", "--format=%F", "--", path), cancellation);
        if (!found.Exit.Succeeded)
        {
            return "";
        }

        var text = await access.AskAsync(storage.Place, new HostCommand("dd", $"if={path}", "iflag=nofollow,count_bytes,fullblock", "bs=64K", $"count={ArchiveNotes.Longest}", "status=none"), cancellation);
        return text.Exit.Succeeded ? Encoding.UTF8.GetString(text.Output) : throw new ProblemException($"The notes of '{archive.Name}' cannot be read: {text.Complaint}.");
    }

    /// <summary>Replaces an archive's notes; empty ones are removed.</summary>
    /// <exception cref="ProblemException">The archive is gone, the notes are too long, or the storage cannot be used.</exception>
    public Task SetNotesAsync(ArchiveId archive, string notes, CancellationToken cancellation) =>
        ChangeAsync(archive, path => ArchiveNotes.ChangeAsync(path, notes, CancellationToken.None), cancellation);

    /// <summary>Protects an archive, or takes its protection away.</summary>
    /// <param name="isPrivileged">Whether the person may have any number of protected archives where storage.cfg names no limit.</param>
    /// <exception cref="ProblemException">The archive is gone, the guest has as many protected ones as the storage allows, or the storage cannot be used.</exception>
    public async Task SetProtectedAsync(ArchiveId archive, bool isProtected, bool isPrivileged, CancellationToken cancellation)
    {
        if (isProtected)
        {
            var storage = await ActivateAsync(archive.Storage, cancellation);
            var others = await ShelfOf(storage).ReadAsync(cancellation);
            if (others.FirstOrDefault(other => other.Name == archive.Name) is { IsProtected: false, Guest: { } guest } known)
            {
                ProtectionLimit.Of(storage, isPrivileged).Refuse(others.Where(other => other.Guest == guest && other.Kind == known.Kind));
            }
        }

        await ChangeAsync(archive, path => ArchiveNotes.ProtectAsync(path, isProtected, CancellationToken.None), cancellation);
    }

    /// <summary>Removes an archive with its log and notes. Fine when it is gone already.</summary>
    /// <exception cref="ProblemException">It is protected, or the storage cannot be used.</exception>
    public Task RemoveAsync(ArchiveId archive, CancellationToken cancellation) => ChangeAsync(
        archive,
        path =>
        {
            ArchiveRemoval.Remove(path);
            return Task.CompletedTask;
        },
        cancellation);

    /// <summary>The log beside an archive; of a very long one its end.</summary>
    /// <exception cref="ProblemException">It has none, or the storage cannot be used.</exception>
    public async Task<ArchiveLog> ReadLogAsync(ArchiveId archive, CancellationToken cancellation)
    {
        var storage = await ActivateAsync(archive.Storage, cancellation);
        var path = Path.Combine(storage.Folder, ArchiveName.StemOf(archive.Name) + ".log");
        // e.g. 1234
        var size = await access.AskAsync(storage.Place, new HostCommand("stat", "--format=%s", "--", path), cancellation);
        if (!long.TryParse(Encoding.ASCII.GetString(size.Output), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var bytes))
        {
            throw new ProblemException($"The log of '{archive.Name}' cannot be read: {size.Complaint}.");
        }

        // dd alone can be told not to follow a link, which could lead to any file of the host.
        var skip = Math.Max(0, bytes - LongestLog);
        var text = await access.AskAsync(storage.Place, new HostCommand("dd", $"if={path}", "iflag=nofollow,skip_bytes,count_bytes,fullblock", "bs=64K", $"skip={skip}", $"count={LongestLog}", "status=none"), cancellation);
        if (!text.Exit.Succeeded)
        {
            throw new ProblemException($"The log of '{archive.Name}' cannot be read: {text.Complaint}.");
        }

        var lines = Encoding.UTF8.GetString(text.Output).TrimEnd('\n').Split('\n');
        return new ArchiveLog(skip > 0 ? lines[1..] : lines is [""] ? [] : lines, IsCut: skip > 0);
    }

    /// <summary>The configurations that an archive begins with; no more of it is read than that takes.</summary>
    /// <exception cref="ProblemException">It is gone or no archive, damaged, or the storage cannot be used.</exception>
    public async Task<ArchivedConfigs> ReadConfigAsync(ArchiveId archive, CancellationToken cancellation)
    {
        var storage = await ActivateAsync(archive.Storage, cancellation);
        var path = Path.Combine(storage.Folder, archive.Name);
        // e.g. regular file
        var kind = await access.AskAsync(storage.Place, new HostCommand("stat", "--format=%F", "--", path), cancellation);
        return Encoding.ASCII.GetString(kind.Output).StartsWith("regular", StringComparison.Ordinal)
            ? await configs.ReadAsync(path, time, cancellation)
            : throw new ProblemException($"There is no archive '{archive.Name}' on the {storage.DisplayName}.");
    }

    private async Task ChangeAsync(ArchiveId archive, Func<string, Task> change, CancellationToken cancellation)
    {
        var storage = await ActivateAsync(archive.Storage, cancellation);
        try
        {
            await access.DoAsync(
                storage.Place,
                storage.Folder,
                () =>
                {
                    change(Path.Combine(storage.Folder, archive.Name)).GetAwaiter().GetResult();
                    return true;
                },
                cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"'{archive.Name}' on the {storage.DisplayName} cannot be changed: {error.Message}", error);
        }
        finally
        {
            Look();
        }
    }

    /// <summary>Who watches looks again: an archive came that no run made.</summary>
    internal void Look() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private async Task<BackupStorage> ActivateAsync(string name, CancellationToken cancellation) =>
        await activation.ActivateAsync((await StorageConfig.ReadAsync(paths.StorageConfig, cancellation)).Find(name), cancellation);

    private async Task<(IReadOnlyList<StorageDefinition> Storages, string? Problem)> StoragesAsync(CancellationToken cancellation)
    {
        try
        {
            return ([.. (await StorageConfig.ReadAsync(paths.StorageConfig, cancellation)).Storages.Where(storage => storage.HoldsBackups)], null);
        }
        catch (ProblemException problem)
        {
            return ([], problem.Message);
        }
    }

    private async Task<ArchiveListing> ReadAsync(StorageDefinition storage, CancellationToken cancellation)
    {
        try
        {
            var (active, _) = await activation.LookAsync(storage, canWait: false, cancellation);
            return new ArchiveListing(await ShelfOf(active).ReadAsync(cancellation), []);
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            return new ArchiveListing([], [error.Message]);
        }
    }

    private ArchiveShelf ShelfOf(BackupStorage storage) => _shelves.GetOrAdd((storage.Name ?? "", storage.Folder), _ => new ArchiveShelf(storage, folders, time));
}
