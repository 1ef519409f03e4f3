using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Storages;

/// <summary>Makes storages ready to be used: mounts them where they are to be mounted, and makes their folder for archives.</summary>
public sealed class StorageActivation(NodePaths paths, HostPrograms programs, BoundedAccess access, IOptions<EngineOptions> options, TimeProvider time)
{
    // Pages look often. A server that is down is not asked again for each of them.
    private static readonly TimeSpan MountAgain = TimeSpan.FromSeconds(30);
    private readonly BoundedAccess _mounting = new(programs, options.Value.StorageMountLimit, time);
    private readonly ConcurrentDictionary<string, (long At, ProblemException Problem)> _failed = new(StringComparer.Ordinal);

    /// <summary>Makes sure that a storage can be used right now. It takes no longer than the engine's limits for storages, whatever the storage does.</summary>
    /// <exception cref="ProblemException">It cannot; the message says why.</exception>
    public async Task<BackupStorage> ActivateAsync(StorageDefinition storage, CancellationToken cancellation) => (await LookAsync(storage, canWait: true, cancellation)).Storage;

    /// <summary>A plain folder as vzdump's <c>dumpdir</c>.</summary>
    /// <exception cref="ProblemException">It does not exist, or does not answer.</exception>
    public async Task<BackupStorage> ActivateFolderAsync(string folder, CancellationToken cancellation) =>
        await SpaceOfAsync($"The folder {folder}", folder, cancellation) is null ? throw new ProblemException($"dumpdir '{folder}' does not exist") : new BackupStorage(null, folder);

    /// <param name="canWait">False: a mount that has just failed is not tried again.</param>
    internal async Task<(BackupStorage Storage, Space Space)> LookAsync(StorageDefinition storage, bool canWait, CancellationToken cancellation)
    {
        var active = BackupStorage.Of(storage);
        var path = storage.Path!;
        if (NetworkMount.For(storage, PasswordOf(storage)) is { } mount)
        {
            await MountAsync(storage, mount, canWait, cancellation);
        }
        else if (storage.MountPoint is { } mountPoint && !MountTable.Has(mountPoint))
        {
            throw new ProblemException($"The storage '{storage.Name}' is not there: nothing is mounted on {mountPoint}. Mount its disk first.");
        }

        if (await SpaceOfAsync(active.Place, active.Folder, cancellation) is { } space)
        {
            return (active, space);
        }

        // Made unasked, a folder would fill the root disk while the real disk is not mounted.
        if (await SpaceOfAsync(active.Place, path, cancellation) is null)
        {
            await MakeAsync(active.Place, path, storage.MayMakeFolder is true, $"the folder {path} does not exist. Is its disk mounted?", cancellation);
        }

        await MakeAsync(active.Place, active.Folder, storage.MayMakeSubfolders, $"the folder {active.Folder} does not exist, and storage.cfg forbids to make it.", cancellation);
        return (active, await SpaceOfAsync(active.Place, active.Folder, cancellation) ?? throw new ProblemException($"{active.Place} cannot be used: {active.Folder} is no folder."));
    }

    private string? PasswordOf(StorageDefinition storage) => paths.StoragePassword(storage.Name) is var file && File.Exists(file) ? file : null;

    private async Task MountAsync(StorageDefinition storage, NetworkMount mount, bool canWait, CancellationToken cancellation)
    {
        var place = $"The storage '{storage.Name}'";
        if (IsMounted(mount, place))
        {
            return;
        }

        if (!HostUser.IsRoot)
        {
            throw new ProblemException($"{place} is not there: nothing is mounted on {mount.Folder}, and only root can mount it.");
        }

        if (!canWait && _failed.TryGetValue(storage.Name, out var last) && time.GetElapsedTime(last.At) < MountAgain)
        {
            throw last.Problem;
        }

        try
        {
            // Only a folder that nothing is mounted on is looked at, and that lies on the host's own disk.
            if (!Directory.Exists(mount.Folder))
            {
                await MakeAsync(place, mount.Folder, storage.MayMakeFolder is not false, $"the folder {mount.Folder} does not exist, and storage.cfg forbids to make it.", cancellation);
            }

            await MountAsync(place, mount, cancellation);
            _failed.TryRemove(storage.Name, out _);
        }
        catch (ProblemException problem)
        {
            _failed[storage.Name] = (time.GetTimestamp(), problem);
            throw;
        }
    }

    private async Task MountAsync(string place, NetworkMount mount, CancellationToken cancellation)
    {
        var complaints = new List<string>();
        foreach (var command in mount.Commands())
        {
            var answer = await _mounting.AskAsync(place, command, cancellation);
            // Two runs may have tried at once: what counts is that it is there.
            if (answer.Exit.Succeeded || IsMounted(mount, place))
            {
                return;
            }

            complaints.Add(answer.Complaint.TrimEnd('.'));
        }

        throw new ProblemException($"{place} cannot be mounted on {mount.Folder}: {string.Join("; ", complaints)}.");
    }

    private static bool IsMounted(NetworkMount mount, string place) => MountTable.On(mount.Folder) switch
    {
        null => false,
        var found when mount.Is(found) => true,
        var other => throw new ProblemException($"{place} is not there: {mount.Folder} holds {other.Source} ({other.FileSystem}) and not {mount.Sources[0]} ({mount.Type}). Unmount it, or change storage.cfg."),
    };

    private async Task MakeAsync(string place, string folder, bool allowed, string otherwise, CancellationToken cancellation)
    {
        if (!allowed)
        {
            throw new ProblemException($"{place} is not there: {otherwise}");
        }

        var answer = await access.AskAsync(place, new HostCommand("mkdir", "--parents", "--", folder), cancellation);
        if (!answer.Exit.Succeeded)
        {
            throw new ProblemException($"{place} cannot be used: {answer.Complaint}.");
        }
    }

    /// <summary>Null when there is no such folder.</summary>
    private async Task<Space?> SpaceOfAsync(string place, string folder, CancellationToken cancellation)
    {
        // e.g. 4096 1000000 600000 550000: bytes of a block, blocks, free ones, free ones for anybody
        var answer = await access.AskAsync(place, new HostCommand("stat", "--file-system", "--format=%S %b %f %a", "--", folder + "/."), cancellation);
        var fields = Encoding.ASCII.GetString(answer.Output).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (answer.Exit.Succeeded && fields is [var block, var all, var free, var available])
        {
            var bytes = Number(block);
            return new Space(bytes * Number(all), bytes * Number(free), bytes * Number(available));
        }

        // e.g. stat: cannot read file system information for '/srv/dump/.': No such file or directory
        return answer.Complaint.EndsWith("No such file or directory", StringComparison.Ordinal)
            ? null
            : throw new ProblemException($"{place} cannot be used: {answer.Complaint}.");

        static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    /// <summary>In bytes.</summary>
    internal sealed record Space(long Total, long Free, long Available);
}
