using System.Collections.Concurrent;
using System.Globalization;

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
        var parents = new Dictionary<int, List<int>>();
        var monitors = new List<(LxcName Name, int Pid)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                continue;
            }

            if (ProcessTable.Parent(pid) is { } parent)
            {
                (parents.TryGetValue(parent, out var children) ? children : parents[parent] = []).Add(pid);
            }

            if (MonitoredBy(pid) is { } name)
            {
                monitors.Add((name, pid));
            }
        }

        foreach (var (gone, _) in _known.Where(known => !known.Value.IsAlive))
        {
            _known.TryRemove(gone, out _);
        }

        foreach (var (name, monitor) in monitors)
        {
            // A hook may be a child of the monitor too, but only the container's first process is the first in a world of its own.
            if (ProcessTable.StartTime(monitor) is { } started && parents.GetValueOrDefault(monitor)?.FirstOrDefault(IsFirst) is { } init and > 0)
            {
                _known[name] = new LxcProcesses(monitor, started, init);
            }
        }
    }

    private static LxcName? MonitoredBy(int pid)
    {
        try
        {
            // e.g. [lxc monitor] /var/lib/lxc web
            var title = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline")).TrimEnd('\0', ' ');
            var space = title.LastIndexOf(' ');
            return title.StartsWith(Title, StringComparison.Ordinal) && space > Title.Length ? new LxcName(title[Title.Length..space], title[(space + 1)..]) : null;
        }
        catch (IOException)
        {
            return null; // gone meanwhile
        }
    }

    private static bool IsFirst(int pid)
    {
        try
        {
            // e.g. NSpid:	4711	1
            return File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status")).FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal))
                ?.EndsWith("\t1", StringComparison.Ordinal) is true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
