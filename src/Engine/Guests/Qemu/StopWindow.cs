using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Does something while a machine stands still, and lets it go on whatever happens. A machine that does not run is left as it is.</summary>
internal sealed class StopWindow(QemuMonitor monitor, IGuestTraces traces, TimeProvider time)
{
    /// <summary>Noted before a machine is stopped; the value is its QMP socket.</summary>
    public const string Trace = "qemu-stopped";

    private GuestTrace? _noted;

    /// <summary>To be called shortly before <see cref="RunAsync"/>: writing a note takes longer than the stop.</summary>
    public async Task NoteAsync(QmpClient client, CancellationToken cancellation)
    {
        if (await QemuMonitor.StateAsync(client, cancellation) is "running")
        {
            await traces.RememberAsync(new GuestTrace(Trace, client.Path), cancellation);
            _noted = new GuestTrace(Trace, client.Path);
        }
    }

    /// <summary>How long the machine stood still; null when it did not run before.</summary>
    public async Task<TimeSpan?> RunAsync(QmpClient client, Func<Task> action)
    {
        if (_noted is not { } noted)
        {
            await action();
            return null;
        }

        // Not to be cancelled in between: it is over in milliseconds, or after the commands' own limits.
        var began = time.GetTimestamp();
        TimeSpan stood;
        try
        {
            await client.DoAsync("stop", null, CancellationToken.None);
            await action();
        }
        finally
        {
            await GoOnAsync(client);
            stood = time.GetElapsedTime(began);
        }

        await traces.ForgetAsync(noted, CancellationToken.None);
        _noted = null;
        return stood;
    }

    /// <summary>Once more, should the machine not have been let go on: in the clean-up.</summary>
    public async Task EnsureAsync(CancellationToken cancellation)
    {
        if (_noted is { } noted)
        {
            await UndoAsync(noted, monitor, cancellation);
            await traces.ForgetAsync(noted, cancellation);
            _noted = null;
        }
    }

    /// <summary>Lets a machine go on that a note names. One that was not stopped yet, or runs again, or is gone, is left alone.</summary>
    /// <returns>Whether it stood still.</returns>
    public static async Task<bool> UndoAsync(GuestTrace trace, QemuMonitor monitor, CancellationToken cancellation)
    {
        if (UnixSocket.Answers(trace.Value) && await monitor.LookAsync(trace.Value, cancellation) is null or "paused")
        {
            await monitor.ResumeAsync(trace.Value, cancellation);
            return true;
        }

        return false;
    }

    private async Task GoOnAsync(QmpClient client)
    {
        try
        {
            if (await client.TryDoAsync("cont", null, CancellationToken.None) is null)
            {
                return;
            }
        }
        catch (ProblemException)
        {
            // The talk broke off, which says nothing about the machine: try it in a new one.
        }

        await monitor.ResumeAsync(client.Path, CancellationToken.None);
    }
}
