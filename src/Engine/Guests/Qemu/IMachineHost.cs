namespace VzDump.Engine.Guests.Qemu;

/// <summary>How the machines of this host are started and stopped, and where their disks are: by Proxmox VE, or by us.</summary>
internal interface IMachineHost
{
    /// <summary>Shuts a running machine down and waits until its QEMU is gone. One that does not go down in time stays up: pulling its plug is not ours to decide.</summary>
    /// <exception cref="ProblemException">It still runs.</exception>
    Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation);

    /// <summary>Whether it could be started again; to be asked before it is stopped.</summary>
    /// <exception cref="ProblemException">It could not; the message says why.</exception>
    Task CheckStartAsync(Guest guest, CancellationToken cancellation);

    /// <exception cref="ProblemException">It does not run.</exception>
    Task StartAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Starts it up to the moment before its first instruction.</summary>
    /// <exception cref="ProblemException">There is no such machine now.</exception>
    Task StartPausedAsync(Guest guest, IGuestTraces traces, CancellationToken cancellation);

    /// <summary>A file or block device to read a volume from.</summary>
    /// <exception cref="ProblemException">There is none.</exception>
    Task<string> VolumePathAsync(string volume, CancellationToken cancellation);
}
