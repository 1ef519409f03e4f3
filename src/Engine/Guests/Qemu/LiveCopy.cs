using System.Text.Json.Nodes;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Nbd;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>What a copy of a running machine needs.</summary>
/// <param name="Qmp">Its QMP socket.</param>
/// <param name="Agent">Its guest agent's socket; null when its file systems are not to be frozen.</param>
/// <param name="Drives">Those to copy, with the path of the image where that is known.</param>
/// <param name="ImageFolder">For the fleecing images.</param>
/// <param name="ImageName">Of the fleecing image of a disk.</param>
internal sealed record LiveCopyPlan(GuestId Guest, string Qmp, string? Agent, IReadOnlyList<(QemuDrive Drive, string? Path)> Drives, string ImageFolder, Func<int, string> ImageName);

/// <summary>All disks of a running machine at one moment. Disposing takes everything out of its QEMU again.</summary>
internal sealed class LiveCopy(LiveCopyPlan plan, PreparationRequest request, QemuMonitor monitor, HostPrograms programs, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Noted before anything is put into QEMU; the value is its QMP socket, a space, and our folder of sockets.</summary>
    public const string Trace = "qemu-copy";

    /// <summary>A fleecing image outside the task's own folder.</summary>
    public const string ImageTrace = "qemu-fleecing-image";

    private const string NbdSocket = "nbd";

    // A slow disk under load may take long for one answer; beyond this it hangs.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(3);
    private readonly List<GuestTrace> _noted = [];
    private readonly List<GuestDisk> _open = [];
    private readonly List<(QemuDrive Drive, string Copy)> _copied = [];
    private readonly List<(QemuDrive Drive, int Index)> _exported = [];
    private readonly StopWindow _window = new(monitor, request.Traces, time);
    private readonly FrozenFiles _frozen = new(request.Traces, request.Log, time);
    private StorageDaemon? _relay;
    private string? _folder;

    /// <summary>Finds each drive in QEMU, before anything is done.</summary>
    /// <exception cref="ProblemException">QEMU does not have one of them, or lacks what the copy needs.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        programs.Require("qemu-img");
        await using var client = await monitor.ConnectAsync(plan.Qmp, cancellation);
        await MatchAsync(client, cancellation);
        if (await HasThreadsAsync(client, cancellation))
        {
            programs.Require("qemu-storage-daemon");
        }
    }

    /// <summary>The point in time.</summary>
    public async Task CutAsync(CancellationToken cancellation)
    {
        var folder = SocketFolder.NameFor(plan.Guest);
        await NoteAsync(new GuestTrace(Trace, $"{plan.Qmp} {folder}"), cancellation);
        PrivateFolder.Make(folder);
        _folder = folder;
        await using var client = await monitor.ConnectAsync(plan.Qmp, cancellation);
        // What a dead run left, should its note be lost.
        await CopyNodes.RemoveAsync(client, Path.Combine(_folder, NbdSocket), time, cancellation);

        var (live, files) = await MatchAsync(client, cancellation);
        await CopyNodes.ListenAsync(client, Path.Combine(_folder, NbdSocket), cancellation);
        for (var index = 0; index < live.Count; index++)
        {
            var image = Path.Combine(plan.ImageFolder, plan.ImageName(index));
            await MakeImageAsync(image, live[index].Disk.Size, cancellation);
            await CopyNodes.AddOverlayAsync(client, index, live[index].Disk, image, cancellation);
        }

        await StandStillAsync(client, live, files, cancellation);
        for (var index = 0; index < live.Count; index++)
        {
            await CopyNodes.ExportAsync(client, index, cancellation);
            _exported.Add((live[index].Drive, index));
        }

        // A client that leaves the NBD server of a QEMU with iothreads aborts it (7.2.14 and later). A relay never leaves before the exports are gone.
        if (await HasThreadsAsync(client, cancellation))
        {
            await StartRelayAsync(live.Count, cancellation);
        }
    }

    public async Task<IReadOnlyList<GuestDisk>> OpenAsync(CancellationToken cancellation)
    {
        var socket = _relay?.SocketPath ?? Path.Combine(_folder!, NbdSocket);
        foreach (var (drive, index) in _exported)
        {
            var overlay = await NbdDisk.OpenAsync(socket, CopyNodes.DiskName(index), request.MaxWorkers, AnswerLimit, time, cancellation);
            try
            {
                var probe = await NbdClient.ConnectAsync(socket, CopyNodes.ProbeName(index), AnswerLimit, time, cancellation);
                _open.Add(new GuestDisk(drive.Key, drive.Storage, drive.Format, new FleecedDisk(drive.Key, overlay, probe)));
            }
            catch
            {
                await overlay.DisposeAsync();
                throw;
            }
        }

        _open.AddRange(_copied.Select(copied => new GuestDisk(copied.Drive.Key, copied.Drive.Storage, copied.Drive.Format, RawDisk.Open(copied.Copy))));
        return _open;
    }

    public async ValueTask DisposeAsync()
    {
        await _window.EnsureAsync(CancellationToken.None);
        await _frozen.ThawAsync();
        foreach (var disk in _open)
        {
            await disk.Disk.DisposeAsync();
        }

        _open.Clear();
        if (_folder is not null)
        {
            await RemoveNodesAsync(plan.Qmp, _folder, monitor, time, CancellationToken.None);
            // After QEMU's exports, never before: see above.
            if (_relay is { } relay)
            {
                await relay.DisposeAsync();
            }

            await SocketFolder.RemoveAsync(_folder, programs, time, CancellationToken.None);
            (_relay, _folder) = (null, null);
        }

        foreach (var trace in _noted)
        {
            if (trace.What == ImageTrace)
            {
                File.Delete(trace.Value);
            }

            await request.Traces.ForgetAsync(trace, CancellationToken.None);
        }

        _noted.Clear();
    }

    /// <summary>Takes out of a QEMU, and from the host, what a trace tells; fine when it is gone.</summary>
    /// <exception cref="ProblemException">Something stays.</exception>
    public static async Task UndoAsync(string trace, QemuMonitor monitor, HostPrograms programs, TimeProvider time, CancellationToken cancellation)
    {
        var at = trace.LastIndexOf(' ');
        await RemoveNodesAsync(trace[..at], trace[(at + 1)..], monitor, time, cancellation);
        await SocketFolder.RemoveAsync(trace[(at + 1)..], programs, time, cancellation);
    }

    private static async Task RemoveNodesAsync(string qmp, string folder, QemuMonitor monitor, TimeProvider time, CancellationToken cancellation)
    {
        // A QEMU that is gone has taken its nodes along.
        if (UnixSocket.Answers(qmp))
        {
            await using var client = await monitor.ConnectAsync(qmp, cancellation);
            await CopyNodes.RemoveAsync(client, Path.Combine(folder, NbdSocket), time, cancellation);
        }
    }

    private static async Task<bool> HasThreadsAsync(QmpClient client, CancellationToken cancellation) =>
        (await client.DoAsync("query-iothreads", null, cancellation)).GetArrayLength() > 0;

    // The state of a TPM is no disk of QEMU: another program keeps it in a small file, which is copied while all stands still.
    private async Task<(IReadOnlyList<(QemuDrive Drive, LiveDrive Disk)> Live, IReadOnlyList<(QemuDrive Drive, string Path)> Files)> MatchAsync(QmpClient client, CancellationToken cancellation)
    {
        var all = await LiveDrive.AllOfAsync(client, cancellation);
        var live = new List<(QemuDrive, LiveDrive)>();
        var files = new List<(QemuDrive, string)>();
        foreach (var (drive, path) in plan.Drives)
        {
            if (drive.IsTpm)
            {
                files.Add((drive, path ?? throw new ProblemException($"The TPM state of VM {plan.Guest} ('{drive.Volume}') is on a storage without files and cannot be read while the machine runs. Shut it down, or set backup=0 on {drive.Key}.")));
            }
            else
            {
                live.Add((drive, LiveDrive.Find(all, drive.Key, path) ?? throw new ProblemException(
                    $"The running VM {plan.Guest} does not have the disk {drive.Key} ('{drive.Volume}') of its configuration. If it was added while the machine ran, it is there after the next start; or set backup=0 on it.")));
            }
        }

        return (live, files);
    }

    private async Task MakeImageAsync(string image, long size, CancellationToken cancellation)
    {
        if (Path.GetDirectoryName(image) != request.TemporaryFolder)
        {
            await NoteAsync(new GuestTrace(ImageTrace, image), cancellation);
            Directory.CreateDirectory(plan.ImageFolder);
        }

        var made = await programs.RunAsync(new HostCommand("qemu-img", "create", "-q", "-f", "qcow2", image, $"{size}"), cancellation);
        if (!made.Exit.Succeeded)
        {
            throw new ProblemException($"The fleecing image {image} cannot be made: {made.Complaint}.");
        }
    }

    private async Task StandStillAsync(QmpClient client, IReadOnlyList<(QemuDrive Drive, LiveDrive Disk)> live, IReadOnlyList<(QemuDrive Drive, string Path)> files, CancellationToken cancellation)
    {
        await _window.NoteAsync(client, cancellation);
        TimeSpan? stood;
        try
        {
            if (plan.Agent is not null && await QemuMonitor.StateAsync(client, cancellation) is "running")
            {
                await _frozen.FreezeAsync(plan.Agent, cancellation);
            }

            stood = await _window.RunAsync(client, async () =>
            {
                for (var index = 0; index < live.Count; index++)
                {
                    await CopyNodes.CutAsync(client, index, live[index].Disk, CancellationToken.None);
                }

                foreach (var (drive, path) in files)
                {
                    var copy = Path.Combine(request.TemporaryFolder, drive.Key);
                    File.Copy(path, copy);
                    _copied.Add((drive, copy));
                }
            });
        }
        finally
        {
            await _frozen.ThawAsync();
        }

        request.Log.Info(stood is { } pause
            ? FormattableString.Invariant($"point-in-time copy of {live.Count + files.Count} disks begun; the guest stood still for {pause.TotalMilliseconds:0} ms")
            : $"point-in-time copy of {live.Count + files.Count} disks begun");
    }

    private async Task StartRelayAsync(int count, CancellationToken cancellation)
    {
        var exports = Enumerable.Range(0, count).SelectMany(index => (string[])[CopyNodes.DiskName(index), CopyNodes.ProbeName(index)]).Select(name => new DaemonExport(name, new JsonObject
        {
            ["driver"] = "nbd",
            ["node-name"] = name,
            ["read-only"] = true,
            ["server"] = new JsonObject { ["type"] = "unix", ["path"] = Path.Combine(_folder!, NbdSocket) },
            ["export"] = name,
        })).ToList();
        _relay = await StorageDaemon.StartAsync(programs, Path.Combine(_folder!, SocketFolder.Daemon), exports, time, cancellation);
    }

    private async Task NoteAsync(GuestTrace trace, CancellationToken cancellation)
    {
        await request.Traces.RememberAsync(trace, cancellation);
        _noted.Add(trace);
    }
}
