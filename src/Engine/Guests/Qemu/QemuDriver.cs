using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Virtual machines with a Proxmox VE configuration, on a Proxmox VE node or on a host with QEMU alone.</summary>
internal sealed class QemuDriver(NodePaths paths, MachineFiles files, IMachineHost host, QemuMonitor monitor, HostPrograms programs, TimeProvider time) : IGuestDriver
{
    public GuestKind Kind => GuestKind.Qemu;

    public async Task<GuestListing> ListAsync(CancellationToken cancellation)
    {
        var (configs, problems) = await GuestFiles.ReadAllAsync(paths.QemuFolder, cancellation);
        var states = await Task.WhenAll(configs.Select(async found => new GuestState(
            new Guest { Id = found.Id, Kind = Kind, Name = found.Config.Value("name") ?? $"VM {found.Id}", ConfigPath = found.Path, IsSample = found.IsSample, IsTrial = found.IsTrial },
            await StatusAsync(found.Id, cancellation),
            found.Config.Value("lock"))));
        return new GuestListing(states, problems);
    }

    public Task<GuestStatus> StatusAsync(Guest guest, CancellationToken cancellation) => StatusAsync(guest.Id, cancellation);

    public Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation) => GuestFiles.FindLockAsync(guest, cancellation);

    public Task LockAsync(Guest guest, CancellationToken cancellation) => GuestFiles.LockAsync(guest, cancellation);

    public Task UnlockAsync(Guest guest, CancellationToken cancellation) => GuestFiles.UnlockAsync(guest, cancellation);

    public Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation) => host.StopAsync(guest, wait, cancellation);

    public async Task StartAsync(Guest guest, CancellationToken cancellation)
    {
        // Started already, and held until its disks were cut.
        if (await StatusAsync(guest.Id, cancellation) is not GuestStatus.Paused)
        {
            try
            {
                await host.StartAsync(guest, cancellation);
                return;
            }
            catch (ProblemException) when (files.HasQemu(guest.Id))
            {
                // A held start that a killed program had begun was quicker.
            }
        }

        await monitor.ResumeAsync(files.Qmp(guest.Id), cancellation);
    }

    public Task SuspendAsync(Guest guest, CancellationToken cancellation) => monitor.SuspendAsync(files.Qmp(guest.Id), cancellation);

    public async Task ResumeAsync(Guest guest, CancellationToken cancellation)
    {
        if (files.HasQemu(guest.Id))
        {
            await monitor.ResumeAsync(files.Qmp(guest.Id), cancellation);
        }
    }

    public async Task<Preparation> PrepareAsync(Guest guest, PreparationRequest request, CancellationToken cancellation)
    {
        var config = GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation));
        var text = new MachineText(config.ForArchive(), await GuestFirewall.ReadAsync(paths, guest, cancellation));
        var drives = Choose(config, request.Log);
        // Also when its guest has switched itself off: what a QEMU holds is read through it.
        var isLive = files.HasQemu(guest.Id);
        if (!isLive && request.WasRunning)
        {
            throw new ProblemException($"VM {guest.Id} has stopped since the backup began. Try again.");
        }

        if (!isLive)
        {
            return new Preparation.Ready(new PreparedStillMachine(await StillAsync(guest, drives, request, cancellation), text));
        }

        var isRestarted = request.Mode is BackupMode.Stop && request.WasRunning;
        if (isRestarted)
        {
            await host.CheckStartAsync(guest, cancellation);
        }

        var copy = await LiveCopyAsync(guest, config, drives, request, freezes: request.Mode is BackupMode.Snapshot, cancellation);
        await copy.CheckAsync(cancellation);
        return new Preparation.Ready(new PreparedLiveMachine(copy, text, isRestarted ? new HeldStart(guest, files.Qmp(guest.Id), host, monitor, request.Traces) : null));
    }

    public async Task UndoAsync(Guest? guest, IReadOnlyList<GuestTrace> traces, ITaskLog log, CancellationToken cancellation)
    {
        // What keeps a guest from working comes first.
        string[] order = [StopWindow.Trace, HeldStart.Trace, ProxmoxMachines.HoldTrace, FrozenFiles.Trace, LiveCopy.Trace, LiveCopy.ImageTrace, SocketFolder.Trace];
        var problems = new List<string>();
        foreach (var trace in traces.OrderBy(trace => Array.IndexOf(order, trace.What)))
        {
            try
            {
                await UndoAsync(trace, log, cancellation);
            }
            catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
            {
                problems.Add(error.Message);
            }
        }

        if (problems.Count > 0)
        {
            throw new ProblemException(string.Join(' ', problems));
        }
    }

    private async Task UndoAsync(GuestTrace trace, ITaskLog log, CancellationToken cancellation)
    {
        switch (trace.What)
        {
            case StopWindow.Trace:
                if (await StopWindow.UndoAsync(trace, monitor, cancellation))
                {
                    log.Info("the virtual machine goes on");
                }

                break;
            case HeldStart.Trace:
                await HeldStart.ReleaseAsync(trace.Value, monitor, cancellation);
                break;
            case ProxmoxMachines.HoldTrace:
                await ProxmoxMachines.EndHoldAsync(trace, cancellation);
                break;
            case FrozenFiles.Trace when UnixSocket.Answers(trace.Value):
                await FrozenFiles.ThawAsync(trace.Value, time, cancellation);
                break;
            case LiveCopy.Trace:
                await LiveCopy.UndoAsync(trace.Value, monitor, programs, time, cancellation);
                break;
            case LiveCopy.ImageTrace:
                await ProcessTable.WaitForMakersAsync([trace.Value], time, cancellation);
                File.Delete(trace.Value);
                break;
            case SocketFolder.Trace:
                await SocketFolder.RemoveAsync(trace.Value, programs, time, cancellation);
                break;
            default:
                break;
        }
    }

    private async Task<GuestStatus> StatusAsync(GuestId id, CancellationToken cancellation) => !files.HasQemu(id) ? GuestStatus.Stopped
        : await monitor.LookAsync(files.Qmp(id), cancellation) switch
        {
            // One that does not answer has the disks, and is not touched as if it had not.
            "running" or null => GuestStatus.Running,
            "shutdown" => GuestStatus.Stopped,
            _ => GuestStatus.Paused,
        };

    private static IReadOnlyList<QemuDrive> Choose(GuestConfig config, ITaskLog log)
    {
        var drives = QemuDrive.AllOf(config);
        var chosen = drives.Where(drive => drive.ExcludedBecause is null).OrderBy(drive => drive.Key, StringComparer.Ordinal).ToList();
        foreach (var drive in chosen)
        {
            log.Info($"include disk '{drive.Key}' '{drive.Volume}'{(drive.Size is { } size ? $" {size}" : "")}");
        }

        foreach (var drive in drives.Where(drive => drive.ExcludedBecause is not null))
        {
            log.Info($"exclude disk '{drive.Key}' '{drive.Volume}' ({drive.ExcludedBecause})");
        }

        foreach (var (key, volume) in QemuDrive.UnusedOf(config))
        {
            log.Info($"exclude disk '{key}' '{volume}' (unused by the machine)");
        }

        return chosen;
    }

    private async Task<LiveCopy> LiveCopyAsync(Guest guest, GuestConfig config, IReadOnlyList<QemuDrive> drives, PreparationRequest request, bool freezes, CancellationToken cancellation)
    {
        var (folder, name) = await FleecingPlace.ChooseAsync(guest, request, paths, cancellation);
        var found = new List<(QemuDrive, string?)>();
        foreach (var drive in drives)
        {
            found.Add((drive, await TryPathAsync(drive, cancellation)));
        }

        return new LiveCopy(
            new LiveCopyPlan(guest.Id, files.Qmp(guest.Id), freezes && GuestAgentOption.Of(config).Freezes ? files.Agent(guest.Id) : null, found, folder, name),
            request, monitor, programs, time);
    }

    // A running QEMU has its disks open; where they are need not be known.
    private async Task<string?> TryPathAsync(QemuDrive drive, CancellationToken cancellation)
    {
        try
        {
            return await host.VolumePathAsync(drive.Volume, cancellation);
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    private async Task<StillDisks> StillAsync(Guest guest, IReadOnlyList<QemuDrive> drives, PreparationRequest request, CancellationToken cancellation)
    {
        var images = new List<(QemuDrive, string)>();
        foreach (var drive in drives)
        {
            var path = await host.VolumePathAsync(drive.Volume, cancellation);
            images.Add((drive, File.Exists(path) ? path : throw new ProblemException($"The disk {drive.Key} of VM {guest.Id} is not there: {path}.")));
        }

        if (drives.Any(drive => drive.Format is not "raw"))
        {
            programs.Require("qemu-storage-daemon");
        }

        return new StillDisks(guest, images, request, () => files.HasQemu(guest.Id), programs, time);
    }
}
