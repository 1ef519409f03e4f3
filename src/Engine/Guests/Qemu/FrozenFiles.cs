using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Lets the guest's own agent bring its file systems to rest for the moment of the cut. A guest that cannot is backed up all the same.</summary>
internal sealed class FrozenFiles(IGuestTraces traces, ITaskLog log, TimeProvider time)
{
    /// <summary>Noted before file systems are frozen; the value is the agent's socket.</summary>
    public const string Trace = "qemu-frozen";

    private static readonly TimeSpan GreetingLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FreezeLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ThawLimit = TimeSpan.FromSeconds(30);
    private GuestTrace? _noted;

    public async Task FreezeAsync(string socket, CancellationToken cancellation)
    {
        try
        {
            await using var agent = await GuestAgent.ConnectAsync(socket, GreetingLimit, time, cancellation);
            await traces.RememberAsync(new GuestTrace(Trace, socket), cancellation);
            _noted = new GuestTrace(Trace, socket);
            log.Info("freezing the guest's file systems through its agent");
            await agent.ExecuteAsync("guest-fsfreeze-freeze", FreezeLimit, cancellation);
        }
        catch (ProblemException problem)
        {
            log.Warn($"the guest's file systems are not frozen: {problem.Message} The backup is as after a power cut.");
        }
    }

    /// <summary>Always to be called after <see cref="FreezeAsync"/>. Whether it is done stands in the notes; a failure is logged.</summary>
    public async Task ThawAsync()
    {
        if (_noted is { } noted)
        {
            try
            {
                await ThawAsync(noted.Value, time, CancellationToken.None);
                log.Info("the guest's file systems are thawed");
                await traces.ForgetAsync(noted, CancellationToken.None);
                _noted = null;
            }
            catch (ProblemException problem)
            {
                log.Warn($"the guest's file systems may still be frozen: {problem.Message} It is tried again at the end of the backup.");
            }
        }
    }

    /// <exception cref="ProblemException">The agent does not say that they are thawed.</exception>
    public static async Task ThawAsync(string socket, TimeProvider time, CancellationToken cancellation)
    {
        await using var agent = await GuestAgent.ConnectAsync(socket, ThawLimit, time, cancellation);
        // Fine when nothing is frozen: e.g. {"return": 0}
        await agent.ExecuteAsync("guest-fsfreeze-thaw", ThawLimit, cancellation);
    }
}
