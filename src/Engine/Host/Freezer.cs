using System.Globalization;

namespace VzDump.Engine.Host;

/// <summary>
/// The cgroup that holds all processes of a container, where the kernel makes them stand still. Done here and not by lxc-freeze: that looks once a
/// second only, and lxc-unfreeze says it succeeded without doing anything when the freezing had not come to its end.
/// </summary>
/// <param name="Folder">Below /sys/fs/cgroup.</param>
/// <param name="IsUnified">Whether it is of cgroup v2.</param>
internal sealed record Freezer(string Folder, bool IsUnified)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>False too when the cgroup is gone.</summary>
    public bool IsFrozen => Reads(IsUnified ? "frozen 1" : "FROZEN");

    public bool Exists => Directory.Exists(Folder);

    /// <summary>Whether processes are in it or below.</summary>
    public bool HasProcesses
    {
        get
        {
            try
            {
                return Directory.EnumerateFiles(Folder, "cgroup.procs", SearchOption.AllDirectories).Any(file => File.ReadLines(file).Any());
            }
            catch (IOException)
            {
                return false; // gone meanwhile
            }
        }
    }

    private string Switch => Path.Combine(Folder, IsUnified ? "cgroup.freeze" : "freezer.state");

    // cgroup.events, e.g. "populated 1\nfrozen 0"; freezer.state: THAWED, FREEZING or FROZEN
    private string State => Path.Combine(Folder, IsUnified ? "cgroup.events" : "freezer.state");

    /// <summary>Where a container is frozen of which this is the first process; null when that process is gone or the host has no freezer.</summary>
    public static Freezer? OfContainer(int init) => OfContainer(init, Hierarchies());

    /// <summary>The host's hierarchies of cgroups, for looks at many containers.</summary>
    public static IReadOnlyList<MountEntry> Hierarchies() => [.. MountTable.Read().Where(mount => mount.FileSystem is "cgroup" or "cgroup2")];

    /// <summary>The same, with hierarchies that are known.</summary>
    public static Freezer? OfContainer(int init, IReadOnlyList<MountEntry> mounts)
    {
        // e.g. "6:freezer:/lxc.payload.web" and "0::/lxc.payload.web/init.scope". The name is never put together from the container's: what a
        // killed monitor left makes LXC choose another.
        string[] lines;
        try
        {
            lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{init}/cgroup"));
        }
        catch (IOException)
        {
            return null;
        }

        var hierarchies = lines.Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        return (Of(hierarchies, mounts, isUnified: false) ?? Of(hierarchies, mounts, isUnified: true)) is { } freezer && File.Exists(freezer.Switch) ? freezer : null;
    }

    /// <summary>
    /// The container's own cgroup of its first process' path: a service manager inside has put that process further down, and frozen there only it
    /// would stand still. LXC calls the container's <c>lxc.payload.NAME</c>, Proxmox VE <c>lxc/VMID/ns</c>.
    /// </summary>
    public static string PayloadOf(string path)
    {
        var parts = path.Split('/');
        for (var at = parts.Length - 1; at > 0; at--)
        {
            if (parts[at].StartsWith("lxc.payload", StringComparison.Ordinal))
            {
                return string.Join('/', parts.Take(parts[at] == "lxc.payload" ? at + 2 : at + 1));
            }

            if (parts[at] == "lxc" && at + 1 < parts.Length)
            {
                return string.Join('/', parts.Take(parts.ElementAtOrDefault(at + 2) == "ns" ? at + 3 : at + 2));
            }
        }

        return path.EndsWith("/init.scope", StringComparison.Ordinal) ? path[..^"/init.scope".Length] : path;
    }

    /// <summary>Makes everything in it stand still and sees that it does. On any failure it has been thawed again.</summary>
    /// <exception cref="ProblemException">Something does not stand still within the time.</exception>
    public async Task FreezeAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            if (!await ReachAsync(IsUnified ? "1" : "FROZEN", IsUnified ? "frozen 1" : "FROZEN", limit, time, cancellation))
            {
                throw new ProblemException($"The container's processes did not stand still within {limit.TotalSeconds:0} seconds; one of them may hang in a call to the kernel, such as reading from a network share.");
            }
        }
        catch
        {
            // Half of them may stand still already. No cancellation shortens this.
            await ThawAsync(limit, time, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Lets everything in it go on, however far the freezing came, and sees that it does. Fine when it is gone.</summary>
    /// <exception cref="ProblemException">It still stands.</exception>
    public async Task ThawAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        if (Exists && !await ReachAsync(IsUnified ? "0" : "THAWED", IsUnified ? "frozen 0" : "THAWED", limit, time, cancellation) && Exists)
        {
            throw new ProblemException($"The container still stands still. Something froze the group above it: write {(IsUnified ? "0" : "THAWED")} to {Switch} and to the same file in the folders above.");
        }
    }

    private static Freezer? Of(IReadOnlyList<string[]> hierarchies, IReadOnlyList<MountEntry> mounts, bool isUnified)
    {
        var path = hierarchies.FirstOrDefault(parts => isUnified ? parts[0] == "0" : parts[1].Split(',').Contains("freezer"))?[2];
        var mount = mounts.FirstOrDefault(mount => isUnified ? mount.FileSystem == "cgroup2" : mount.FileSystem == "cgroup" && mount.Options.Split(',').Contains("freezer"));
        if (path is null || mount is null || !path.StartsWith(mount.Root, StringComparison.Ordinal))
        {
            return null;
        }

        return new Freezer(Path.Join(mount.Folder, PayloadOf(path)[(mount.Root == "/" ? 0 : mount.Root.Length)..]), isUnified);
    }

    private async Task<bool> ReachAsync(string order, string state, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                // Written again each time: a process that was just being made may have slipped through the first.
                await File.WriteAllTextAsync(Switch, order, cancellation);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException && !Exists)
            {
                return false;
            }

            if (Reads(state))
            {
                return true;
            }

            if (time.GetElapsedTime(began) >= limit)
            {
                return false;
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    private bool Reads(string state)
    {
        try
        {
            return File.ReadLines(State).Contains(state);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
