using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>A machine that is off; its disks stand still by themselves.</summary>
internal sealed class PreparedStillMachine(StillDisks disks, MachineText text) : IPreparedGuest
{
    public bool MustSuspendToCut => false;

    public bool GoesOnAfterCut => false;

    public Task CopyAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task CutAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async Task<GuestContent> OpenContentAsync(CancellationToken cancellation) =>
        new GuestContent.Disks { Config = text.Config, Firewall = text.Firewall, Drives = await disks.OpenAsync(cancellation) };

    public ValueTask DisposeAsync() => disks.DisposeAsync();
}

/// <summary>A machine whose QEMU keeps the disks as they were at the cut, whatever the guest does after it.</summary>
/// <param name="held">Stop mode: starts the machine that was shut down, before its first instruction; null when it is there already.</param>
internal sealed class PreparedLiveMachine(LiveCopy copy, MachineText text, HeldStart? held) : IPreparedGuest
{
    // The copy makes the machine stand still by itself, for some milliseconds.
    public bool MustSuspendToCut => false;

    public bool GoesOnAfterCut => held is not null;

    public Task CopyAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async Task CutAsync(CancellationToken cancellation)
    {
        if (held is not null)
        {
            await held.StartAsync(cancellation);
        }

        await copy.CutAsync(cancellation);
    }

    public async Task<GuestContent> OpenContentAsync(CancellationToken cancellation)
    {
        if (held is not null)
        {
            await held.ReleaseAsync(cancellation);
        }

        return new GuestContent.Disks { Config = text.Config, Firewall = text.Firewall, Drives = await copy.OpenAsync(cancellation) };
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await copy.DisposeAsync();
        }
        finally
        {
            if (held is not null)
            {
                await held.ReleaseAsync(CancellationToken.None);
            }
        }
    }
}

/// <summary>What of a machine goes into its archive beside the disks.</summary>
internal sealed record MachineText(string Config, string? Firewall);

/// <summary>A start that waits before the guest's first instruction, so that its disks can be cut.</summary>
internal sealed class HeldStart(Guest guest, string qmp, IMachineHost host, QemuMonitor monitor, IGuestTraces traces)
{
    /// <summary>Noted before such a start; the value is the QMP socket.</summary>
    public const string Trace = "qemu-held";

    private GuestTrace? _noted;

    public async Task StartAsync(CancellationToken cancellation)
    {
        await traces.RememberAsync(new GuestTrace(Trace, qmp), cancellation);
        _noted = new GuestTrace(Trace, qmp);
        await host.StartPausedAsync(guest, traces, cancellation);
    }

    /// <summary>Lets the guest begin, if nobody did yet.</summary>
    public async Task ReleaseAsync(CancellationToken cancellation)
    {
        if (_noted is { } noted)
        {
            await ReleaseAsync(qmp, monitor, cancellation);
            await traces.ForgetAsync(noted, cancellation);
            _noted = null;
        }
    }

    public static async Task ReleaseAsync(string qmp, QemuMonitor monitor, CancellationToken cancellation)
    {
        if (UnixSocket.Answers(qmp))
        {
            await using var client = await monitor.ConnectAsync(qmp, cancellation);
            if (await QemuMonitor.StateAsync(client, cancellation) is "prelaunch")
            {
                await client.DoAsync("cont", null, cancellation);
            }
        }
    }
}
