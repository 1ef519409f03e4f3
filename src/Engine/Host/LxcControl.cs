using System.Globalization;

namespace VzDump.Engine.Host;

/// <summary>A container as LXC knows it: a name below a folder.</summary>
public sealed record LxcName(string Folder, string Name);

/// <summary>Starts, stops and looks at LXC containers of this host.</summary>
public sealed class LxcControl(HostPrograms programs, TimeProvider time)
{
    private readonly LxcProcessTable _table = new();

    // What lxc-stop ends with when there was nothing to stop.
    private const int NotRunning = 2;

    // lxc-stop may return before the container's monitor has let go of the root file system (13 to 50 ms were seen).
    private static readonly TimeSpan MonitorGrace = TimeSpan.FromSeconds(30);

    /// <summary>How long a container may take to stand still, or to go on.</summary>
    internal static readonly TimeSpan FreezeLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(5);

    // Room for the command socket's name in a socket address; LXC hashes longer ones, and they cannot be told apart in the kernel's table.
    private const int LongestSocketName = 100;

    /// <summary>Containers whose monitor listens, by one look into the kernel's table of sockets.</summary>
    public static IReadOnlySet<LxcName> Running()
    {
        // e.g. 0000000000000000: 00000002 00000000 00010000 0001 01 12345 @/var/lib/lxc/web/command
        var running = new HashSet<LxcName>();
        foreach (var line in File.ReadLines("/proc/net/unix"))
        {
            var at = line.IndexOf('@', StringComparison.Ordinal);
            if (at >= 0 && line.EndsWith("/command", StringComparison.Ordinal))
            {
                var folder = line[(at + 1)..^"/command".Length];
                var slash = folder.LastIndexOf('/');
                if (slash > 0)
                {
                    running.Add(new LxcName(folder[..slash], folder[(slash + 1)..]));
                }
            }
        }

        return running;
    }

    public async Task<bool> IsRunningAsync(LxcName container, CancellationToken cancellation)
    {
        if ($"{container.Folder}/{container.Name}/command".Length <= LongestSocketName)
        {
            return Running().Contains(container);
        }

        var info = await programs.RunAsync(Command("lxc-info", container, "-s", "-H"), cancellation);
        return info.Exit.Succeeded && !info.Output.Contains("STOPPED", StringComparison.Ordinal);
    }

    /// <summary>Which of these running containers stand still, without starting a program for each.</summary>
    public IReadOnlySet<LxcName> Frozen(IReadOnlyCollection<LxcName> running)
    {
        var hierarchies = Freezer.Hierarchies();
        return _table.Find(running).Where(found => Freezer.OfContainer(found.Value.Init, hierarchies) is { IsFrozen: true }).Select(found => found.Key).ToHashSet();
    }

    /// <summary>Monitor and first process of a container; null when it does not run.</summary>
    internal async Task<LxcProcesses?> ProcessesAsync(LxcName container, CancellationToken cancellation)
    {
        if (_table.Find([container]).GetValueOrDefault(container) is { } found)
        {
            return found;
        }

        // Its monitor may carry another title: LXC could not set it, or is of another version.
        var info = await programs.RunAsync(Command("lxc-info", container, "-p", "-H"), cancellation);
        return int.TryParse(info.Output.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var init)
            && ProcessTable.Parent(init) is { } monitor && ProcessTable.StartTime(monitor) is { } started
            ? new LxcProcesses(monitor, started, init)
            : null;
    }

    /// <summary>Asks the container to shut down, ends it by force after the time, and waits until its root file system is free.</summary>
    /// <exception cref="ProblemException">It still runs.</exception>
    public Task StopAsync(LxcName container, TimeSpan wait, CancellationToken cancellation) => StopAsync(container, wait, force: false, cancellation);

    private async Task StopAsync(LxcName container, TimeSpan wait, bool force, CancellationToken cancellation)
    {
        var processes = await ProcessesAsync(container, cancellation);
        using var monitor = processes is null ? null : ProcessHandle.TryOpen(processes.Monitor);
        if (processes is not null && Freezer.OfContainer(processes.Init) is { IsFrozen: true } freezer)
        {
            // Frozen it hears nothing, and the whole time would be waited in vain.
            await freezer.ThawAsync(FreezeLimit, time, cancellation);
        }

        var seconds = Math.Max(1, (long)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var stop = await programs.RunAsync(force ? Command("lxc-stop", container, "-k") : Command("lxc-stop", container, "-t", seconds), cancellation);
        if (stop.Exit.Code == NotRunning)
        {
            throw new ProblemException($"The container '{container.Name}' had ended before it was told to stop: it halted by itself, or its monitor was killed. Its files may be cut off in the midst of a change.");
        }

        if (!stop.Exit.Succeeded && await IsRunningAsync(container, cancellation))
        {
            stop = await programs.RunAsync(Command("lxc-stop", container, "-k"), cancellation);
        }

        if (monitor is not null && !await monitor.WaitForExitAsync(MonitorGrace, time, cancellation))
        {
            throw new ProblemException($"The container '{container.Name}' was told to stop but its monitor (pid {monitor.Pid}) is still there.");
        }

        if (await IsRunningAsync(container, cancellation))
        {
            throw new ProblemException($"The container '{container.Name}' could not be stopped: {stop.Complaint}.");
        }
    }

    /// <summary>Ends the container without asking it, also one that another program is only just starting; fine when it does not run.</summary>
    /// <exception cref="ProblemException">It still runs.</exception>
    public async Task KillAsync(LxcName container, CancellationToken cancellation)
    {
        // A start that a killed program had begun goes on. A monitor that kept its starter's title ends only below.
        foreach (var starting in ProcessTable.WithArgument("lxc-start", argument => argument == container.Name))
        {
            await ProcessTable.WaitForExitAsync(starting, StartGrace, time, cancellation);
        }

        if (await IsRunningAsync(container, cancellation))
        {
            try
            {
                await StopAsync(container, TimeSpan.Zero, force: true, cancellation);
            }
            catch (ProblemException)
            {
                // It may have ended by itself in this very moment.
                if (await IsRunningAsync(container, cancellation))
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Starts it; what LXC had to say against it is in the message.</summary>
    /// <param name="log">A file for LXC's own log; removed afterwards.</param>
    /// <exception cref="ProblemException">It does not run.</exception>
    public async Task StartAsync(LxcName container, string log, CancellationToken cancellation)
    {
        try
        {
            var start = await programs.RunAsync(Command("lxc-start", container, "-o", log, "-l", "ERROR"), cancellation);
            if (!start.Exit.Succeeded || !await IsRunningAsync(container, cancellation))
            {
                throw new ProblemException($"The container '{container.Name}' could not be started: {await SaidAsync(log, cancellation) ?? start.Complaint}.");
            }
        }
        finally
        {
            File.Delete(log);
        }
    }

    /// <exception cref="ProblemException">It does not run.</exception>
    public async Task StartAsync(LxcName container, CancellationToken cancellation)
    {
        var start = await programs.RunAsync(Command("lxc-start", container), cancellation);
        if (!start.Exit.Succeeded || !await IsRunningAsync(container, cancellation))
        {
            throw new ProblemException($"The container '{container.Name}' could not be started: {start.Complaint}. 'lxc-start -n {container.Name} -P {container.Folder} -F' shows why.");
        }
    }

    // e.g. lxc-start vzt1 20261122030001.123 ERROR    start - ../src/lxc/start.c:start:2205 - No such file or directory - Failed to exec "/sbin/init"
    private static async Task<string?> SaidAsync(string log, CancellationToken cancellation)
    {
        if (!File.Exists(log))
        {
            return null;
        }

        var lines = (await File.ReadAllLinesAsync(log, cancellation)).Select(line => line.Split(" - ", 3) is [_, _, var said] ? said.Trim() : line.Trim()).Where(said => said.Length > 0).ToList();
        return lines.Find(said => said.Contains("Failed to exec", StringComparison.Ordinal)) ?? lines.FirstOrDefault();
    }

    private static HostCommand Command(string program, LxcName container, params ReadOnlySpan<string> more) =>
        new(program, ["-n", container.Name, "-P", container.Folder, .. more]);
}
