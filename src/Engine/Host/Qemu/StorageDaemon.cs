using System.Text.Json.Nodes;

namespace VzDump.Engine.Host.Qemu;

/// <summary>What a daemon exports under a name: a block node given as <c>--blockdev</c> takes it, in JSON.</summary>
public sealed record DaemonExport(string Name, JsonObject Node);

/// <summary>A <c>qemu-storage-daemon</c> that serves block nodes, read only, over an NBD socket. It ends with this, or when <see cref="EndLeftoverAsync"/> finds it.</summary>
internal sealed class StorageDaemon : IAsyncDisposable
{
    private const string Program = "qemu-storage-daemon";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private readonly RunningProgram _program;

    private StorageDaemon(RunningProgram program, string socket)
    {
        _program = program;
        SocketPath = socket;
    }

    public string SocketPath { get; }

    /// <param name="socket">Names this daemon for good: nothing else may ever use the path.</param>
    /// <exception cref="ProblemException">It did not start, e.g. because an image is in use.</exception>
    public static async Task<StorageDaemon> StartAsync(HostPrograms programs, string socket, IReadOnlyList<DaemonExport> exports, TimeProvider time, CancellationToken cancellation)
    {
        var address = UnixSocket.Address(socket);
        var arguments = new List<string>();
        foreach (var export in exports)
        {
            arguments.AddRange(["--blockdev", export.Node.ToJsonString()]);
        }

        // It writes its pid file when everything is in place; it listens before that.
        var ready = socket + ".pid";
        arguments.AddRange(["--pidfile", ready]);
        arguments.AddRange(["--nbd-server", $"addr.type=unix,addr.path={Doubled(address.ToString()!)},max-connections=0"]);
        for (var index = 0; index < exports.Count; index++)
        {
            arguments.AddRange(["--export", new JsonObject
            {
                ["type"] = "nbd",
                ["id"] = $"export{index}",
                ["node-name"] = exports[index].Node["node-name"]!.GetValue<string>(),
                ["name"] = exports[index].Name,
                ["writable"] = false,
            }.ToJsonString()]);
        }

        var said = new List<string>();
        var program = programs.Start(new HostCommand(Program, arguments), line =>
        {
            lock (said)
            {
                said.Add(line);
            }
        });
        var daemon = new StorageDaemon(program, socket);
        try
        {
            var began = time.GetTimestamp();
            while (!File.Exists(ready))
            {
                if (program.Exit.IsCompleted || time.GetElapsedTime(began) > StartLimit)
                {
                    await program.StopAsync();
                    await program.ErrorLinesRead;
                    lock (said)
                    {
                        throw new ProblemException($"{Program} could not open the disks: {(said.Count > 0 ? said[0] : "it did not start in time")}.");
                    }
                }

                await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellation);
            }

            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the daemon of this socket that a dead program left; fine when there is none.</summary>
    /// <exception cref="ProblemException">It stays.</exception>
    public static Task EndLeftoverAsync(string socket, TimeProvider time, CancellationToken cancellation) =>
        ProcessTable.EndAsync(Program, argument => argument.Contains(socket, StringComparison.Ordinal), time, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        File.Delete(SocketPath + ".pid");
        File.Delete(SocketPath);
    }

    // QEMU's own way of writing a comma inside a value.
    private static string Doubled(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
