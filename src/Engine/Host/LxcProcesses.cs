using System.Collections.Concurrent;

namespace VzDump.Engine.Host;

/// <summary>What runs for a container: LXC's monitor outside and the container's first process.</summary>
/// <param name="MonitorStarted">In clock ticks since boot: with the number it names one process for good.</param>
internal sealed record LxcProcesses(int Monitor, long MonitorStarted, int Init)
{
    public bool IsAlive => ProcessTable.IsAlive(Monitor, MonitorStarted) && ProcessTable.Parent(Init) == Monitor;
}

/// <summary>
/// Finds the processes of running containers without starting one for each: what was found is remembered as long as it lives, and one look
/// over the process table finds all others.
/// </summary>
internal sealed class LxcProcessTable
{
    private const string Title = "[lxc monitor] ";
    private readonly ConcurrentDictionary<LxcName, LxcProcesses> _known = new();

    /// <summary>Those of the given containers that were found.</summary>
    public IReadOnlyDictionary<LxcName, LxcProcesses> Find(IReadOnlyCollection<LxcName> containers)
    {
        var found = Alive(containers);
        if (found.Count < containers.Count)
        {
            Look();
            found = Alive(containers);
        }

        return found;
    }

    private Dictionary<LxcName, LxcProcesses> Alive(IReadOnlyCollection<LxcName> containers) => containers
        .Select(container => (container, processes: _known.GetValueOrDefault(container))).Where(found => found.processes is { IsAlive: true })
        .ToDictionary(found => found.container, found => found.processes!);

    private void Look()
    {
        foreach (var (gone, _) in _known.Where(known => !known.Value.IsAlive))
        {
            _known.TryRemove(gone, out _);
        }

        foreach (var pid in ProcessTable.All())
        {
            // A hook may be a child of the monitor too, but only the container's first process is the first in a world of its own.
            if (MonitoredBy(pid) is { } name && ProcessTable.StartTime(pid) is { } started && ProcessTable.Children(pid).FirstOrDefault(IsFirst) is > 0 and var init)
            {
                _known[name] = new LxcProcesses(pid, started, init);
            }
        }
    }

    private static LxcName? MonitoredBy(int pid)
    {
        // e.g. [lxc monitor] /var/lib/lxc web
        if (ProcessTable.Read(pid, "cmdline") is not { } line || !line.StartsWith(Title, StringComparison.Ordinal))
        {
            return null;
        }

        var title = line.TrimEnd('\0', ' ');
        var space = title.LastIndexOf(' ');
        return space > Title.Length ? new LxcName(title[Title.Length..space], title[(space + 1)..]) : null;
    }

    // e.g. NSpid:	4711	1
    private static bool IsFirst(int pid) =>
        ProcessTable.Read(pid, "status")?.Split('\n').FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal))?.EndsWith("\t1", StringComparison.Ordinal) is true;
}
