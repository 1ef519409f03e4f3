using System.Text.Json;
using System.Text.Json.Nodes;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>
/// What a backup puts into a running QEMU. Per disk: an overlay of the disk, a filter in front of the disk that saves old data into the overlay
/// before it is overwritten, and a probe that can be read as long as nothing failed to be saved. What is read is the overlay: reading through
/// the probe gives wrong data in QEMU 7.2.
/// </summary>
internal static class CopyNodes
{
    // Nobody else's names begin so; what does is ours to remove.
    private const string Ours = "vzw-";
    private static readonly TimeSpan ExportsGone = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static string DiskName(int index) => $"disk{index}";

    public static string ProbeName(int index) => $"probe{index}";

    /// <summary>The overlay, which nothing uses yet.</summary>
    public static Task AddOverlayAsync(QmpClient client, int index, LiveDrive drive, string image, CancellationToken cancellation) => client.DoAsync("blockdev-add", new JsonObject
    {
        ["node-name"] = Overlay(index),
        ["driver"] = "qcow2",
        ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = image },
        ["backing"] = drive.Node,
        ["discard"] = "unmap",
    }, cancellation);

    /// <summary>From here on the overlay keeps the disk as it is now. To be called while the guest stands still.</summary>
    public static async Task CutAsync(QmpClient client, int index, LiveDrive drive, CancellationToken cancellation)
    {
        await client.DoAsync("blockdev-add", new JsonObject
        {
            ["node-name"] = Filter(index),
            ["driver"] = "copy-before-write",
            ["file"] = drive.Node,
            ["target"] = Overlay(index),
            // The backup fails, never the guest: a full image ends the copy, and one that hangs holds a write up for this long (s) at most.
            ["on-cbw-error"] = "break-snapshot",
            ["cbw-timeout"] = 45,
            ["discard"] = "unmap",
        }, cancellation);
        await client.DoAsync("qom-set", new JsonObject { ["path"] = drive.QomPath, ["property"] = "drive", ["value"] = Filter(index) }, cancellation);
        // While the guest runs this would abort a QEMU with iothreads.
        await client.DoAsync("blockdev-add", new JsonObject { ["node-name"] = Probe(index), ["driver"] = "snapshot-access", ["file"] = Filter(index) }, cancellation);
    }

    /// <exception cref="ProblemException">Somebody else uses QEMU's only NBD server.</exception>
    public static async Task ListenAsync(QmpClient client, string socket, CancellationToken cancellation)
    {
        var refusal = await client.TryDoAsync("nbd-server-start", new JsonObject
        {
            ["addr"] = new JsonObject { ["type"] = "unix", ["data"] = new JsonObject { ["path"] = socket } },
            ["max-connections"] = 0,
        }, cancellation);
        if (refusal is not null)
        {
            throw new ProblemException($"QEMU's NBD server cannot be used ({refusal}). Another backup or a migration of this machine may be at work.");
        }
    }

    public static async Task ExportAsync(QmpClient client, int index, CancellationToken cancellation)
    {
        foreach (var (id, node, name) in ((string, string, string)[])[($"{Ours}exp{index}", Overlay(index), DiskName(index)), ($"{Ours}prb{index}", Probe(index), ProbeName(index))])
        {
            await client.DoAsync("block-export-add", new JsonObject { ["id"] = id, ["type"] = "nbd", ["node-name"] = node, ["name"] = name, ["writable"] = false }, cancellation);
        }
    }

    /// <summary>Takes all of ours out of QEMU, in order, whoever put it there: from what QEMU itself tells. Fine when there is nothing.</summary>
    /// <param name="socket">Where our NBD server listens, if it does.</param>
    /// <exception cref="ProblemException">Something stays; the message says what.</exception>
    public static async Task RemoveAsync(QmpClient client, string socket, TimeProvider time, CancellationToken cancellation)
    {
        var refused = new List<string>();
        var began = time.GetTimestamp();
        while (await ExportsAsync(client, cancellation) is { Count: > 0 } exports)
        {
            foreach (var id in exports)
            {
                // Refused while it is being removed already.
                await client.TryDoAsync("block-export-del", new JsonObject { ["id"] = id, ["mode"] = "hard" }, cancellation);
            }

            if (time.GetElapsedTime(began) > ExportsGone)
            {
                throw new ProblemException($"QEMU does not end its exports {string.Join(", ", exports)}.");
            }

            await Task.Delay(Pause, time, cancellation);
        }

        if (UnixSocket.IsListening(socket))
        {
            await TryAsync("nbd-server-stop", null);
        }

        var nodes = await NodesAsync(client, cancellation);
        await DeleteAsync("snap");
        if (nodes.Any(node => node.StartsWith($"{Ours}cbw", StringComparison.Ordinal)))
        {
            await PutBackAsync(client, TryAsync, cancellation);
        }

        await DeleteAsync("cbw");
        await DeleteAsync("fleece");
        if (refused.Count > 0)
        {
            throw new ProblemException($"QEMU keeps a part of the backup's set-up: {string.Join("; ", refused)}. The machine is not harmed by it, and the next start of this program tries again.");
        }

        async Task DeleteAsync(string kind)
        {
            foreach (var node in nodes.Where(node => node.StartsWith(Ours + kind, StringComparison.Ordinal)))
            {
                await TryAsync("blockdev-del", new JsonObject { ["node-name"] = node });
            }
        }

        async Task TryAsync(string command, JsonObject? arguments)
        {
            if (await client.TryDoAsync(command, arguments, cancellation) is { } refusal)
            {
                refused.Add($"{command} {arguments?.ToJsonString()}: {refusal}");
            }
        }
    }

    // Each device gets the node back that its filter stands in front of.
    private static async Task PutBackAsync(QmpClient client, Func<string, JsonObject?, Task> tryAsync, CancellationToken cancellation)
    {
        // e.g. {"nodes": [{"id": 3, "type": "block-driver", "name": "vzw-cbw0"}, …], "edges": [{"parent": 3, "child": 1, "name": "file"}, …]}
        var graph = await client.DoAsync("x-debug-query-block-graph", null, cancellation);
        var names = graph.GetProperty("nodes").EnumerateArray().ToDictionary(node => node.GetProperty("id").GetInt64(), node => node.GetProperty("name").GetString()!);
        var below = graph.GetProperty("edges").EnumerateArray().Where(edge => edge.GetProperty("name").GetString() == "file")
            .Select(edge => (Parent: names.GetValueOrDefault(edge.GetProperty("parent").GetInt64()), Child: names.GetValueOrDefault(edge.GetProperty("child").GetInt64())))
            .Where(edge => edge.Parent?.StartsWith($"{Ours}cbw", StringComparison.Ordinal) is true).ToDictionary(edge => edge.Parent!, edge => edge.Child!);
        foreach (var drive in await LiveDrive.AllOfAsync(client, cancellation))
        {
            if (below.TryGetValue(drive.Node, out var node))
            {
                await tryAsync("qom-set", new JsonObject { ["path"] = drive.QomPath, ["property"] = "drive", ["value"] = node });
            }
        }
    }

    // e.g. [{"node-name": "vzw-fleece0", "shutting-down": false, "type": "nbd", "id": "vzw-exp0"}]
    private static async Task<IReadOnlyList<string>> ExportsAsync(QmpClient client, CancellationToken cancellation) =>
        Ourselves(await client.DoAsync("query-block-exports", null, cancellation), "id");

    private static async Task<IReadOnlyList<string>> NodesAsync(QmpClient client, CancellationToken cancellation) =>
        Ourselves(await client.DoAsync("query-named-block-nodes", new JsonObject { ["flat"] = true }, cancellation), "node-name");

    private static IReadOnlyList<string> Ourselves(JsonElement list, string name) =>
        [.. list.EnumerateArray().Select(entry => entry.GetProperty(name).GetString()!).Where(value => value.StartsWith(Ours, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static string Overlay(int index) => $"{Ours}fleece{index}";

    private static string Filter(int index) => $"{Ours}cbw{index}";

    private static string Probe(int index) => $"{Ours}snap{index}";
}
