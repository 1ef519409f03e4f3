using System.Globalization;
using VzDump.Engine.Configuration;
using VzDump.Engine.Retention;

namespace VzDump.Engine.Storages;

/// <summary>A place for archives that is ready to take them.</summary>
/// <param name="Name">Null when a folder was named instead of a storage.</param>
public sealed record BackupStorage(string? Name, string Folder)
{
    /// <summary>The storage's own word on how many archives are kept; null when it says nothing.</summary>
    public KeepPolicy? Prune { get; init; }

    /// <summary>The storage's own word on how many protected archives a guest may have there, -1 for any number; null when it says nothing.</summary>
    public int? MaxProtectedBackups { get; init; }

    /// <summary>How a person knows it.</summary>
    public string DisplayName => Name is null ? $"folder {Folder}" : $"storage '{Name}'";

    /// <summary>The subject of a sentence about it.</summary>
    internal string Place => $"The {DisplayName}";

    /// <summary>The storage as storage.cfg has it; whether it is there has not been looked at yet.</summary>
    /// <exception cref="ProblemException">It cannot hold backups of this node; the message says why.</exception>
    internal static BackupStorage Of(StorageDefinition storage)
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

        // The name is part of the names of files.
        if (storage.Name.Contains('/', StringComparison.Ordinal) || storage.Name.StartsWith('.'))
        {
            throw new ProblemException($"The storage '{storage.Name}' cannot be used: a storage's name has neither a slash nor a dot at its beginning.");
        }

        return storage.ArchiveFolder is { } archives && Path.IsPathRooted(archives)
            ? new BackupStorage(storage.Name, archives) { Prune = PruneOf(storage), MaxProtectedBackups = MaxProtectedOf(storage) }
            : throw new ProblemException($"The storage '{storage.Name}' is of the type '{storage.Type}', which has no folder for archives.");
    }

    private static KeepPolicy? PruneOf(StorageDefinition storage)
    {
        var policy = storage.Section["prune-backups"] is { } text ? KeepPolicy.TryParse(text)
            : storage.Section["maxfiles"] is { } files ? int.TryParse(files, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? KeepPolicy.FromMaxFiles(count) : null
            : KeepPolicy.All;
        return policy is null
            ? throw new ProblemException($"The storage '{storage.Name}' has a retention in storage.cfg that cannot be read. Expected for example 'prune-backups keep-last=3,keep-daily=7'.")
            : storage.Section["prune-backups"] is null && storage.Section["maxfiles"] is null ? null : policy;
    }

    private static int? MaxProtectedOf(StorageDefinition storage) => storage.Section["max-protected-backups"] switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) && count >= -1 => count,
        var text => throw new ProblemException($"The storage '{storage.Name}' has max-protected-backups {text} in storage.cfg. Expected a number, or -1 for any number."),
    };
}
