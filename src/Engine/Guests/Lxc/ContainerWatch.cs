using System.Globalization;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>
/// Looks after a running container during its backup. When LXC's monitor is killed, its processes end too, or stand still for ever if they were
/// frozen, and nobody starts it again: then we do. A container that was stopped in an orderly way stays so: LXC has removed its cgroup.
/// </summary>
internal sealed class ContainerWatch : IDisposable
{
    /// <summary>What its trace is called. The value is e.g. <c>4711 123456 1 /sys/fs/cgroup/freezer/lxc.payload.web</c>: monitor, its start, version of cgroups less one, cgroup.</summary>
    public const string Trace = "running-container";

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);
    private readonly ProcessHandle _monitor;
    private readonly Freezer _freezer;
    private readonly GuestTrace _trace;
    private readonly PreparationRequest _request;
    private readonly TimeProvider _time;

    private ContainerWatch(ProcessHandle monitor, Freezer freezer, GuestTrace trace, PreparationRequest request, TimeProvider time) =>
        (_monitor, _freezer, _trace, _request, _time) = (monitor, freezer, trace, request, time);

    /// <summary>What the task says when the container died of force while its archive was written.</summary>
    public string? Mishap => WasKilled ? "The container's monitor was killed while its archive was written; the container is started again." : null;

    private bool WasKilled => _monitor.HasExited && _freezer.Exists;

    /// <summary>Null when there is nothing to look after.</summary>
    public static async Task<ContainerWatch?> BeginAsync(LxcProcesses processes, PreparationRequest request, TimeProvider time, CancellationToken cancellation)
    {
        if (Freezer.OfContainer(processes.Init) is not { IsFrozen: false } freezer || ProcessHandle.TryOpen(processes.Monitor) is not { } monitor)
        {
            return null;
        }

        var trace = new GuestTrace(Trace, string.Create(CultureInfo.InvariantCulture, $"{processes.Monitor} {processes.MonitorStarted} {(freezer.IsUnified ? 1 : 0)} {freezer.Folder}"));
        await request.Traces.RememberAsync(trace, cancellation);
        return new ContainerWatch(monitor, freezer, trace, request, time);
    }

    /// <exception cref="ProblemException">The container is no more what it was when the backup began.</exception>
    public void ThrowIfEnded()
    {
        if (_monitor.HasExited)
        {
            throw new ProblemException($"The container ended while it was backed up{(_freezer.Exists ? ": its monitor was killed" : "")}.");
        }
    }

    /// <summary>The backup has nothing more to do with the container.</summary>
    public async Task EndAsync(Func<Task> start, CancellationToken cancellation)
    {
        if (WasKilled)
        {
            _request.Log.Warn("the container's monitor was killed during the backup; starting the container again");
            await BringBackAsync(_freezer, start, _time, cancellation);
        }

        await _request.Traces.ForgetAsync(_trace, cancellation);
    }

    /// <summary>What a killed backup left standing goes on, and what died meanwhile runs again.</summary>
    public static async Task UndoAsync(GuestTrace trace, Func<Task<bool>> isRunning, Func<Task>? start, ITaskLog log, TimeProvider time, CancellationToken cancellation)
    {
        if (trace.Value.Split(' ', 4) is not [var pid, var began, var isUnified, ['/', ..] folder])
        {
            return;
        }

        var freezer = new Freezer(folder, isUnified == "1");
        if (freezer.IsFrozen)
        {
            await freezer.ThawAsync(LxcControl.FreezeLimit, time, cancellation);
        }

        // After a restart of the host its cgroup is gone, and whether it starts then is the host's affair.
        if (freezer.Exists && !ProcessTable.IsAlive(int.Parse(pid, CultureInfo.InvariantCulture), long.Parse(began, CultureInfo.InvariantCulture)) && start is not null && !await isRunning())
        {
            log.Warn("the container's monitor was killed during the backup; starting the container again");
            await BringBackAsync(freezer, start, time, cancellation);
        }
    }

    public void Dispose() => _monitor.Dispose();

    private static async Task BringBackAsync(Freezer freezer, Func<Task> start, TimeProvider time, CancellationToken cancellation)
    {
        await freezer.ThawAsync(LxcControl.FreezeLimit, time, cancellation);
        // Its processes die with the monitor, but not before they are thawed, and the new ones must not meet them.
        var began = time.GetTimestamp();
        while (freezer.HasProcesses && time.GetElapsedTime(began) < EndLimit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellation);
        }

        await start();
    }
}
