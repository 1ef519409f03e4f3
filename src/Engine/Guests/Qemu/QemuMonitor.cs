using System.Text.Json.Nodes;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Asks a virtual machine's QEMU, and tells it to stand still or to go on.</summary>
internal sealed class QemuMonitor(TimeProvider time)
{
    /// <summary>For the greeting: another program may talk with this QEMU just now.</summary>
    private static readonly TimeSpan GreetingLimit = TimeSpan.FromSeconds(20);

    /// <summary>For one command: those that wait for the disks' writes may take this long (15 to 30 s were seen).</summary>
    public static TimeSpan CommandLimit { get; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a look may take that only shows something.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(2);

    public Task<QmpClient> ConnectAsync(string socket, CancellationToken cancellation) => QmpClient.ConnectAsync(socket, GreetingLimit, time, cancellation);

    /// <summary>e.g. <c>running</c>, <c>paused</c>, <c>prelaunch</c>, <c>shutdown</c>, <c>io-error</c>; null when it did not say so in time.</summary>
    public async Task<string?> LookAsync(string socket, CancellationToken cancellation)
    {
        try
        {
            await using var client = await QmpClient.ConnectAsync(socket, LookLimit, time, cancellation);
            return await StateAsync(client, LookLimit, cancellation);
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    public static Task<string> StateAsync(QmpClient client, CancellationToken cancellation) => StateAsync(client, CommandLimit, cancellation);

    /// <exception cref="ProblemException">It still runs, or does not answer.</exception>
    public async Task SuspendAsync(string socket, CancellationToken cancellation)
    {
        await using var client = await ConnectAsync(socket, cancellation);
        await client.ExecuteAsync("stop", null, CommandLimit, cancellation);
        if (await StateAsync(client, cancellation) is "running")
        {
            throw new ProblemException("QEMU was told to stop the virtual machine, which runs all the same.");
        }
    }

    /// <summary>Lets it go on, whatever became of an earlier talk.</summary>
    /// <exception cref="ProblemException">It still stands, or does not answer.</exception>
    public async Task ResumeAsync(string socket, CancellationToken cancellation)
    {
        await using var client = await ConnectAsync(socket, cancellation);
        await client.ExecuteAsync("cont", null, CommandLimit, cancellation);
        if (await StateAsync(client, cancellation) is var state && state is not "running")
        {
            throw new ProblemException($"QEMU was told to let the virtual machine go on, but it is '{state}'.");
        }
    }

    // e.g. {"return": {"status": "running", "singlestep": false, "running": true}}
    private static async Task<string> StateAsync(QmpClient client, TimeSpan limit, CancellationToken cancellation) =>
        (await client.ExecuteAsync("query-status", null, limit, cancellation)).GetProperty("status").GetString() ?? "";
}

internal static class QmpArguments
{
    extension(QmpClient client)
    {
        /// <summary>A command within the usual limit.</summary>
        /// <exception cref="ProblemException">QEMU refused it or did not answer.</exception>
        public Task<System.Text.Json.JsonElement> DoAsync(string command, JsonObject? arguments, CancellationToken cancellation) =>
            client.ExecuteAsync(command, arguments, QemuMonitor.CommandLimit, cancellation);

        /// <summary>The same, and why it was refused.</summary>
        public async Task<string?> TryDoAsync(string command, JsonObject? arguments, CancellationToken cancellation) =>
            (await client.TryExecuteAsync(command, arguments, QemuMonitor.CommandLimit, cancellation)).Refusal;
    }
}
