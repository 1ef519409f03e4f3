using VzDump.Engine.Host;

namespace VzDump.Engine.Guests;

/// <summary>What an archive is made from. Archives knows how; drivers know what.</summary>
public abstract record GuestContent
{
    private GuestContent()
    {
    }

    /// <summary>The guest's configuration, as it goes into the archive.</summary>
    public required string Config { get; init; }

    /// <summary>The guest's firewall file; null when it has none.</summary>
    public string? Firewall { get; init; }

    /// <summary>A container's files.</summary>
    public sealed record Tree : GuestContent
    {
        /// <summary>Folder that is the container's root.</summary>
        public required string Root { get; init; }

        /// <summary>Where <see cref="Root"/> is to be found; null when it is among the host's own folders.</summary>
        public PrivateMounts? Mounts { get; init; }

        /// <summary>Folders below the root that are of the container but lie on other file systems, e.g. <c>./srv/data</c>.</summary>
        public IReadOnlyList<string> OtherFileSystems { get; init; } = [];

        /// <summary>How the container sees the ids of its files; empty when as the host does.</summary>
        public IReadOnlyList<IdMapping> IdMap { get; init; } = [];

        /// <summary>Whether files may change while they are read. If not, a changed file is an error.</summary>
        public bool IsLive { get; init; }

        /// <summary>The configuration of a plain LXC container in LXC's own words, kept beside the translated one; null for others.</summary>
        public string? NativeConfig { get; init; }
    }

    /// <summary>A virtual machine's disks at one moment.</summary>
    public sealed record Disks : GuestContent
    {
        public required IReadOnlyList<GuestDisk> Drives { get; init; }
    }
}

/// <summary>One disk of a VM.</summary>
/// <param name="Key">Its key in the configuration, such as <c>scsi0</c>.</param>
/// <param name="Storage">The storage it lies on; empty for a path.</param>
/// <param name="Format"><c>raw</c>, <c>qcow2</c> …</param>
public sealed record GuestDisk(string Key, string Storage, string Format, IDisk Disk);

/// <summary>A range of ids: <paramref name="Kind"/> is <c>u</c> for users, <c>g</c> for groups, <c>b</c> for both.</summary>
public sealed record IdMapping(char Kind, long Inside, long Outside, long Count)
{
    /// <summary>The host's ids of the container's root; null when it has none there.</summary>
    public static (long User, long Group)? RootOf(IReadOnlyList<IdMapping> map) =>
        map.FirstOrDefault(range => range is { Kind: 'u' or 'b', Inside: 0 }) is { } user && map.FirstOrDefault(range => range is { Kind: 'g' or 'b', Inside: 0 }) is { } group
            ? (user.Outside, group.Outside)
            : null;
}
