namespace VzDump.Engine.Guests.Lxc;

/// <summary>One volume that goes into the archive.</summary>
/// <param name="Key">Its key in the configuration, e.g. <c>rootfs</c> or <c>mp0</c>.</param>
/// <param name="Inside">Where the container sees it, e.g. <c>/srv/data</c>.</param>
internal sealed record ContainerVolume(string Key, string Inside, VolumeSource Source)
{
    public bool IsRoot => Inside == "/";
}

/// <summary>Where a volume lies.</summary>
internal abstract record VolumeSource
{
    private VolumeSource()
    {
    }

    public sealed record Folder(string Path) : VolumeSource;

    /// <summary>A file with a file system in it.</summary>
    public sealed record Image(string Path) : VolumeSource;

    /// <summary>LXC's overlay: a folder that others share, and one with this container's changes.</summary>
    public sealed record Overlay(string Lower, string Upper) : VolumeSource;

    /// <summary>A dataset of ZFS, mounted by the host.</summary>
    public sealed record Dataset(string Name, string MountPoint) : VolumeSource;

    /// <summary>A logical volume of LVM.</summary>
    public sealed record Logical(string Group, string Name, bool IsThin) : VolumeSource
    {
        public string Device => $"/dev/{Group}/{Name}";
    }
}

/// <summary>Whether a volume of a container goes into its archives, and why.</summary>
/// <param name="Key">e.g. <c>mp0</c>.</param>
/// <param name="Inside">Where the container sees it.</param>
/// <param name="Type">vzdump's word: <c>volume</c>, <c>bind</c> or <c>device</c>.</param>
/// <param name="Source">What is mounted there, as the configuration names it.</param>
/// <param name="Reason">vzdump's word: <c>rootfs</c>, <c>enabled</c>, <c>disabled</c>, <c>not a volume</c>.</param>
public sealed record VolumeDecision(string Key, string Inside, string Type, string Source, bool IsIncluded, string Reason)
{
    /// <summary>The line of vzdump's log.</summary>
    public string LogLine => IsIncluded
        ? $"including mount point {Key} ('{Inside}') in backup"
        : $"excluding {Type} mount point {Key} ('{Inside}') from backup ({Reason})";
}

/// <summary>What of a container is archived.</summary>
/// <param name="Volumes">Those that are in, the root first, then by path.</param>
/// <param name="IdMap">How the container sees the ids that the host sees in it.</param>
/// <param name="IsMappedOnDisk">False when the volumes hold the container's own ids and are mapped while they are mounted.</param>
internal sealed record ContainerPlan(IReadOnlyList<ContainerVolume> Volumes, IReadOnlyList<VolumeDecision> Decisions, IReadOnlyList<IdMapping> IdMap, bool IsMappedOnDisk = true)
{
    /// <summary>For volumes that are read from where they lie.</summary>
    public IReadOnlyList<IdMapping> IdMapOnDisk => IsMappedOnDisk ? IdMap : [];
}
