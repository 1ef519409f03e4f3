using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>A Proxmox VE node: <c>qm</c> does what belongs to a start and a stop there (network, volumes, its own notes).</summary>
internal sealed class ProxmoxMachines(NodePaths paths, HostPrograms programs) : IMachineHost
{
    /// <summary>Noted before a machine's configuration is told to hold it at its start; the value is the configuration's path.</summary>
    public const string HoldTrace = "qemu-hold-line";

    // "Freeze CPU at startup": qm has no option for it, the configuration has.
    private const string HoldKey = "freeze";
    private const string HoldValue = "1";

    public async Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation)
    {
        // Volumes stay usable, so that they can be read.
        var stop = await programs.RunAsync(
            new HostCommand("qm", "shutdown", $"{guest.Id}", "--skiplock", "1", "--keepActive", "1", "--timeout", $"{(long)Math.Max(1, wait.TotalSeconds)}"), cancellation);
        if (!stop.Exit.Succeeded)
        {
            throw new ProblemException($"VM {guest.Id} could not be shut down: {stop.Complaint}. It is left as it is; a longer 'stopwait' may help.");
        }
    }

    public Task CheckStartAsync(Guest guest, CancellationToken cancellation) => Task.CompletedTask;

    public async Task StartAsync(Guest guest, CancellationToken cancellation)
    {
        var start = await programs.RunAsync(new HostCommand("qm", "start", $"{guest.Id}", "--skiplock", "1"), cancellation);
        if (!start.Exit.Succeeded)
        {
            throw new ProblemException($"VM {guest.Id} could not be started: {start.Complaint}.");
        }
    }

    public async Task StartPausedAsync(Guest guest, IGuestTraces traces, CancellationToken cancellation)
    {
        if (GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation)).Value(HoldKey) == HoldValue)
        {
            await StartAsync(guest, cancellation); // its owner has all its starts held
            return;
        }

        var trace = new GuestTrace(HoldTrace, guest.ConfigPath);
        await traces.RememberAsync(trace, cancellation);
        try
        {
            await GuestFiles.SetAsync(guest.ConfigPath, HoldKey, HoldValue, cancellation);
            await StartAsync(guest, cancellation);
        }
        finally
        {
            await EndHoldAsync(trace, CancellationToken.None);
        }

        await traces.ForgetAsync(trace, CancellationToken.None);
    }

    /// <summary>Takes the line away again, so that later starts are not held.</summary>
    public static Task EndHoldAsync(GuestTrace trace, CancellationToken cancellation) =>
        File.Exists(trace.Value) ? GuestFiles.RemoveAsync(trace.Value, HoldKey, HoldValue, cancellation) : Task.CompletedTask;

    public async Task<string> VolumePathAsync(string volume, CancellationToken cancellation)
    {
        if (volume.StartsWith('/'))
        {
            return volume;
        }

        var storages = await StorageConfig.ReadAsync(paths.StorageConfig, cancellation);
        if (storages.Find(volume.Split(':')[0]).Path is not null)
        {
            return storages.VolumePath(volume);
        }

        // e.g. /dev/pve/vm-100-disk-0
        var path = await programs.RunAsync(new HostCommand("pvesm", "path", volume), cancellation);
        return path.Exit.Succeeded && path.Output.Trim() is ['/', ..] found
            ? found
            : throw new ProblemException($"The volume '{volume}' has no path to read it from ({path.Complaint}). While its machine runs it can be backed up in snapshot or suspend mode.");
    }
}
