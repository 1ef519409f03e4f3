using VzDump.Engine.Configuration;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>A host with QEMU alone: machines are started from their configuration by us, and stopped through QMP.</summary>
internal sealed class PlainMachines(NodePaths paths, MachineFiles files, QemuMonitor monitor, HostPrograms programs, TimeProvider time) : IMachineHost
{
    private const string SystemdIsHere = "/run/systemd/system";
    private static readonly TimeSpan ExitLimit = TimeSpan.FromMinutes(2);

    public async Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation)
    {
        var pid = QemuProcess.Find(files.Pid(guest.Id));
        if (pid is null && !UnixSocket.Answers(files.Qmp(guest.Id)))
        {
            return;
        }

        await using (var client = await monitor.ConnectAsync(files.Qmp(guest.Id), cancellation))
        {
            if (await QemuMonitor.StateAsync(client, cancellation) is not "shutdown")
            {
                await client.DoAsync("system_powerdown", null, cancellation);
                await WaitForShutdownAsync(guest, client, wait, cancellation);
            }

            await QuitAsync(client);
        }

        await WaitForExitAsync(guest, pid, cancellation);
    }

    public async Task CheckStartAsync(Guest guest, CancellationToken cancellation) => await CommandAsync(guest, paused: false, withKvm: true, cancellation);

    public Task StartAsync(Guest guest, CancellationToken cancellation) => StartAsync(guest, paused: false, cancellation);

    public Task StartPausedAsync(Guest guest, IGuestTraces traces, CancellationToken cancellation) => StartAsync(guest, paused: true, cancellation);

    public async Task<string> VolumePathAsync(string volume, CancellationToken cancellation) =>
        (await StorageConfig.ReadAsync(paths.StorageConfig, cancellation)).VolumePath(volume);

    private async Task StartAsync(Guest guest, bool paused, CancellationToken cancellation)
    {
        if (files.HasQemu(guest.Id))
        {
            // One that was told to stay after its guest had switched itself off holds the disks.
            if (await monitor.LookAsync(files.Qmp(guest.Id), cancellation) is not "shutdown")
            {
                throw new ProblemException($"VM {guest.Id} cannot be started: a QEMU of it is there already.");
            }

            await StopAsync(guest, TimeSpan.Zero, cancellation);
        }

        Directory.CreateDirectory(files.Folder);
        // A processor's help may be offered by the kernel and yet not work, as inside some other virtual machines: slow is better than not at all.
        var start = await RunAsync(guest, await CommandAsync(guest, paused, withKvm: true, cancellation), cancellation);
        if (!start.Exit.Succeeded && (await RunAsync(guest, await CommandAsync(guest, paused, withKvm: false, cancellation), cancellation)) is { Exit.Succeeded: false } slow)
        {
            throw new ProblemException($"VM {guest.Id} could not be started: {slow.Complaint}.");
        }
    }

    private Task<ProgramResult> RunAsync(Guest guest, HostCommand command, CancellationToken cancellation) => programs.RunAsync(
        // Else it would belong to our own service, and go down with it.
        Directory.Exists(SystemdIsHere) && programs.Find("systemd-run") is not null
            ? command.Under("systemd-run", "--scope", "--quiet", "--collect", $"--description=VM {guest.Id}", "--")
            : command,
        cancellation);

    private async Task<HostCommand> CommandAsync(Guest guest, bool paused, bool withKvm, CancellationToken cancellation)
    {
        var config = GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation));
        var storages = await StorageConfig.ReadAsync(paths.StorageConfig, cancellation);
        var arguments = new MachineCommandLine(guest, config, files, storages.VolumePath, withKvm).Build();
        return new HostCommand(programs.Require("qemu-system-x86_64"), paused ? [.. arguments, "-S"] : arguments);
    }

    private async Task WaitForShutdownAsync(Guest guest, QmpClient client, TimeSpan wait, CancellationToken cancellation)
    {
        QmpEvent? down;
        try
        {
            down = await client.NextEventAsync(["SHUTDOWN"], wait, cancellation);
        }
        catch (ProblemException)
        {
            // The end of the talk is the end of a QEMU that goes with its guest.
            return;
        }

        if (down is null)
        {
            throw new ProblemException($"VM {guest.Id} did not shut down within {wait.TotalMinutes:0.#} min and still runs. Does its system heed the power button? A longer 'stopwait' or snapshot mode may help.");
        }
    }

    private static async Task QuitAsync(QmpClient client)
    {
        try
        {
            await client.DoAsync("quit", null, CancellationToken.None);
        }
        catch (ProblemException)
        {
            // It is gone already, or goes while it answers.
        }
    }

    private async Task WaitForExitAsync(Guest guest, int? pid, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        if (pid is { } process && !await ProcessTable.WaitForExitAsync(process, ExitLimit, time, cancellation))
        {
            throw new ProblemException($"VM {guest.Id} is shut down but its QEMU (pid {process}) does not end.");
        }

        while (UnixSocket.Answers(files.Qmp(guest.Id)))
        {
            if (time.GetElapsedTime(began) > ExitLimit)
            {
                throw new ProblemException($"VM {guest.Id} is shut down but its QEMU does not end.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellation);
        }
    }
}
