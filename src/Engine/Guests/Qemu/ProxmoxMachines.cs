using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>A Proxmox VE node: <c>qm</c> does what belongs to a start and a stop there (network, volumes, its own notes).</summary>
internal sealed class ProxmoxMachines(NodePaths paths, HostPrograms programs) : IMachineHost
{
    /// <summary>qm has no such start; the machine stays down until its archive is written.</summary>
    public bool StartsPaused => false;

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

    public Task StartPausedAsync(Guest guest, CancellationToken cancellation) => throw new NotSupportedException();

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
