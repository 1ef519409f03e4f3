using System.Globalization;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;
using VzDump.Engine.Retention;

namespace VzDump.Engine.Storages;

/// <summary>A place for archives that is ready to take them.</summary>
/// <param name="Name">Null when a folder was named instead of a storage.</param>
public sealed record BackupStorage(string? Name, string Folder)
{
    /// <summary>The storage's own word on how many archives are kept; null when it says nothing.</summary>
    public KeepPolicy? Prune { get; init; }

    /// <summary>How a person knows it.</summary>
    public string DisplayName => Name is null ? $"folder {Folder}" : $"storage '{Name}'";

    /// <summary>Makes sure that a storage can be used right now.</summary>
    /// <exception cref="ProblemException">It cannot; the message says why.</exception>
    public static BackupStorage Activate(StorageDefinition storage)
    {
        if (storage.IsDisabled)
        {
            throw new ProblemException($"The storage '{storage.Name}' is disabled in storage.cfg.");
        }

        if (!storage.HoldsBackups)
        {
            throw new ProblemException($"The storage '{storage.Name}' is not for backups: its 'content' in storage.cfg does not name backup.");
        }

        if (!storage.IsOnThisNode)
        {
            throw new ProblemException($"The storage '{storage.Name}' is not for this node ({Environment.MachineName}): storage.cfg names {storage.Section["nodes"]}.");
        }

        if (storage is not { Path: { } path, ArchiveFolder: { } archives })
        {
            throw new ProblemException($"The storage '{storage.Name}' is of the type '{storage.Type}', which has no folder for archives.");
        }

        if (!Directory.Exists(path))
        {
            // Made here, a folder would fill the root disk while the real disk is not mounted.
            throw new ProblemException($"The storage '{storage.Name}' is not there: the folder {path} does not exist. Is its disk mounted?");
        }

        if (storage.MountPoint is { } mountPoint && !MountTable.Has(mountPoint))
        {
            throw new ProblemException($"The storage '{storage.Name}' is not there: nothing is mounted on {mountPoint}. Mount its disk first.");
        }

        try
        {
            Directory.CreateDirectory(archives);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The storage '{storage.Name}' cannot be used: {error.Message}", error);
        }

        return new BackupStorage(storage.Name, archives) { Prune = PruneOf(storage) };
    }

    /// <summary>A plain folder as vzdump's <c>dumpdir</c>.</summary>
    /// <exception cref="ProblemException">It does not exist.</exception>
    public static BackupStorage OfFolder(string folder) => Directory.Exists(folder)
        ? new BackupStorage(null, folder)
        : throw new ProblemException($"dumpdir '{folder}' does not exist");

    private static KeepPolicy? PruneOf(StorageDefinition storage)
    {
        var policy = storage.Section["prune-backups"] is { } text ? KeepPolicy.TryParse(text)
            : storage.Section["maxfiles"] is { } files ? int.TryParse(files, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? KeepPolicy.FromMaxFiles(count) : null
            : KeepPolicy.All;
        return policy is null
            ? throw new ProblemException($"The storage '{storage.Name}' has a retention in storage.cfg that cannot be read. Expected for example 'prune-backups keep-last=3,keep-daily=7'.")
            : storage.Section["prune-backups"] is null && storage.Section["maxfiles"] is null ? null : policy;
    }
}
