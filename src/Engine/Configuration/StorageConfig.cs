namespace VzDump.Engine.Configuration;

/// <summary>A storage as storage.cfg defines it.</summary>
public sealed record StorageDefinition(ConfigSection Section)
{
    public string Name => Section.Id;

    public string Type => Section.Type;

    /// <summary>Its folder; null for types that have none.</summary>
    public string? Path => Section["path"] ?? (Type is "nfs" or "cifs" or "glusterfs" ? $"/mnt/pve/{Name}" : null);

    public bool IsDisabled => Section["disable"] is not (null or "0");

    /// <summary>Without a list it is on every node.</summary>
    public bool IsOnThisNode => Section["nodes"] is not { } nodes
        || nodes.Split((char[])[',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Contains(Environment.MachineName.Split('.')[0]);

    /// <summary>What must be mounted before the storage is used (<c>is_mountpoint</c>: yes, or a folder); null when nothing must.</summary>
    public string? MountPoint => Section["is_mountpoint"] switch
    {
        null or "0" or "no" or "off" or "false" => null,
        "1" or "yes" or "on" or "true" => Path,
        var folder => folder,
    };

    public bool HoldsBackups => Content.Contains("backup");

    /// <summary>Whether volumes of guests can be made in it: it is there for such, has a folder, and is for this node.</summary>
    /// <param name="content">What Proxmox VE calls them: images for machines, rootdir for containers.</param>
    public bool TakesVolumes(string content) => Content.Contains(content) && Path is not null && !IsDisabled && IsOnThisNode
        && Type is "dir" or "btrfs" or "nfs" or "cifs" or "glusterfs";

    /// <summary>Where its archives lie: <c>dump</c>, or as <c>content-dirs</c> says; null for types without folder.</summary>
    public string? ArchiveFolder => Path is { } path ? System.IO.Path.Combine(path, ArchiveFolderName) : null;

    /// <summary>The archives' folder, below the storage's own.</summary>
    /// <exception cref="ProblemException"><c>content-dirs</c> names one that leads out of the storage.</exception>
    public string ArchiveFolderName
    {
        get
        {
            // e.g. content-dirs backup=archives/pve,iso=isos
            var folder = (Section["content-dirs"] ?? "").Split((char[])[',', ';', ' '], StringSplitOptions.RemoveEmptyEntries)
                .Select(part => part.Split('=', 2, StringSplitOptions.TrimEntries)).LastOrDefault(part => part is ["backup", _])?[1].Trim('/') ?? "dump";
            return folder.Length > 0 && !folder.Split('/').Any(part => part is "" or "." or "..")
                ? folder
                : throw new ProblemException($"The storage '{Name}' has content-dirs in storage.cfg that cannot be used: '{folder}' is no folder within it.");
        }
    }

    /// <summary>Whether storage.cfg lets the storage's own folder be made (<c>create-base-path</c>, or the older <c>mkdir</c>); null when it says nothing.</summary>
    public bool? MayMakeFolder => IsYes("create-base-path") ?? IsYes("mkdir");

    /// <summary>Whether folders within it may be made (<c>create-subdirs</c>, or the older <c>mkdir</c>).</summary>
    public bool MayMakeSubfolders => IsYes("create-subdirs") ?? IsYes("mkdir") ?? true;

    private bool? IsYes(string key) => Section[key] is { } word ? word is "1" or "yes" or "on" or "true" : null;

    private string[] Content => (Section["content"] ?? "").Split((char[])[',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>The storages that storage.cfg defines.</summary>
public sealed class StorageConfig
{
    private StorageConfig(IReadOnlyList<StorageDefinition> storages) => Storages = storages;

    public IReadOnlyList<StorageDefinition> Storages { get; }

    /// <summary>Without the file there is no storage.</summary>
    /// <exception cref="ProblemException">The file cannot be read or is broken.</exception>
    public static async Task<StorageConfig> ReadAsync(string path, CancellationToken cancellation) => new(File.Exists(path)
        ? [.. SectionConfig.Parse(await ConfigText.ReadAsync(path, cancellation), path).Select(section => new StorageDefinition(section))]
        : []);

    /// <exception cref="ProblemException">There is none of that name.</exception>
    public StorageDefinition Find(string name) => Storages.FirstOrDefault(storage => storage.Name == name)
        ?? throw new ProblemException($"There is no storage '{name}' in storage.cfg; it has {(Storages.Count == 0 ? "none" : string.Join(", ", Storages.Select(storage => storage.Name)))}.");

    /// <summary>Path of a volume, e.g. <c>local:100/vm-100-disk-0.raw</c>. An absolute path stands for itself.</summary>
    /// <exception cref="ProblemException">The volume is on no storage with a folder, or its name is not one.</exception>
    public string VolumePath(string volume)
    {
        if (volume.StartsWith('/'))
        {
            return volume;
        }

        if (volume.Split(':', 2) is not [{ Length: > 0 } storage, { Length: > 0 } name])
        {
            throw new ProblemException($"'{volume}' is no volume; expected STORAGE:VMID/FILE.");
        }

        var definition = Find(storage);
        // e.g. 100/vm-100-disk-0.raw; of a linked clone, behind what it stands on: 100/base-100-disk-0.raw/101/vm-101-disk-0.qcow2
        var parts = name.Split('/') is [_, _, var clone, var image] ? [clone, image] : name.Split('/');
        // The file name is somebody's text: it must not lead out of the storage.
        if (parts is not [var owner, var file] || owner.Length == 0 || owner.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0 || file is "" or "." or "..")
        {
            throw new ProblemException($"The volume '{volume}' cannot be read: storage type '{definition.Type}' with this name is not supported yet (folders with VMID/FILE are).");
        }

        return definition.Path is { } path
            ? System.IO.Path.Combine(path, "images", owner, file)
            : throw new ProblemException($"The volume '{volume}' cannot be read: storage type '{definition.Type}' is not supported yet.");
    }
}
