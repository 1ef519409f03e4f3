using VzDump.Engine.Guests;
using VzDump.Engine.Hooks;

namespace VzDump.Engine.Backups;

/// <summary>A guest's way to rest and back. Each step is noted before it is taken.</summary>
internal sealed class GuestDowntime(TaskScene task)
{
    private long _left;
    private bool _stopSeen;

    private UnfinishedTask Left => task.Notes.Left;

    /// <exception cref="ProblemException">It still runs.</exception>
    public async Task StopAsync(CancellationToken cancellation)
    {
        task.Log.Info("stopping virtual guest");
        _left = task.Runtime.Time.GetTimestamp();
        await task.HookAsync(HookPhase.PreStop, cancellation);
        await task.Notes.ChangeAsync(left => left with { StopAsked = task.Runtime.Time.GetUtcNow(), StopWait = task.Options.StopWait }, cancellation);
        await task.Driver.StopAsync(task.Guest, task.Options.StopWait, cancellation);
        _stopSeen = true;
    }

    /// <exception cref="ProblemException">It still goes on.</exception>
    public async Task SuspendAsync(CancellationToken cancellation)
    {
        _left = task.Runtime.Time.GetTimestamp();
        await task.Notes.ChangeAsync(left => left with { Suspended = true }, cancellation);
        await task.Driver.SuspendAsync(task.Guest, cancellation);
    }

    /// <summary>
    /// Brings the guest back in the middle of a backup, with the hook script before and after. A script that says no fails the backup, but not
    /// before the guest is back; that is where we leave vzdump, which leaves it down.
    /// </summary>
    /// <exception cref="ProblemException">The guest is not back, or the script said no.</exception>
    public async Task ReturnAsync(CancellationToken cancellation)
    {
        var refused = await RefusedAsync(HookPhase.PreRestart, cancellation);
        if (Left.Suspended)
        {
            task.Log.Info(task.Mode is BackupMode.Snapshot ? "resume vm" : "resuming guest");
            await ResumeAsync(cancellation);
        }
        else if (Left.StopAsked is { } asked)
        {
            task.Log.Info("restarting vm");
            await StartAsync(asked, cancellation);
        }

        var refusedAfter = await RefusedAsync(HookPhase.PostRestart, cancellation);
        if ((refused ?? refusedAfter) is { } refusal)
        {
            throw new ProblemException(refusal.Message, refusal);
        }
    }

    /// <summary>Brings the guest back in the clean-up, whatever happened before. What fails is logged; whether the guest is back stands in the notes.</summary>
    public async Task BringBackAsync(CancellationToken limit)
    {
        if (!Left.Suspended && Left.StopAsked is null)
        {
            return;
        }

        await task.TryHookAsync(HookPhase.PreRestart, limit);
        if (Left.Suspended)
        {
            await task.TryAsync("resuming the guest", () =>
            {
                task.Log.Info("resume vm");
                return ResumeAsync(limit);
            });
        }

        if (Left.StopAsked is { } asked)
        {
            await task.TryAsync("starting the guest again", () =>
            {
                if (!_stopSeen)
                {
                    task.Log.Info("waiting whether the guest still shuts down");
                }

                task.Log.Info("restarting vm");
                return StartAsync(asked, limit);
            });
        }

        await task.TryHookAsync(HookPhase.PostRestart, limit);
    }

    private async Task ResumeAsync(CancellationToken cancellation)
    {
        await task.Driver.ResumeAsync(task.Guest, cancellation);
        TellOnline();
        await task.Notes.ChangeAsync(left => left with { Suspended = false }, cancellation);
    }

    private async Task StartAsync(DateTimeOffset asked, CancellationToken cancellation)
    {
        await task.Runtime.GuestReturn.BringBackAsync(task.Driver, task.Guest, asked, task.Options.StopWait, _stopSeen, cancellation);
        TellOnline();
        await task.Notes.ChangeAsync(left => left with { StopAsked = null }, cancellation);
    }

    private void TellOnline()
    {
        var away = task.Runtime.Time.GetElapsedTime(_left).TotalSeconds;
        task.Log.Info($"guest is online again after {(away < 1 ? "<1" : FormattableString.Invariant($"{away:0}"))} seconds");
    }

    private async Task<ProblemException?> RefusedAsync(HookPhase phase, CancellationToken cancellation)
    {
        try
        {
            await task.HookAsync(phase, cancellation);
            return null;
        }
        catch (ProblemException refused)
        {
            return refused;
        }
    }
}
