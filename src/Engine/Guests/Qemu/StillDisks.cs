using System.Text.Json.Nodes;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Nbd;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>The disks of a machine that is off. Raw ones are read as they are, others through a daemon that knows their format; neither is written.</summary>
internal sealed class StillDisks(Guest guest, IReadOnlyList<(QemuDrive Drive, string Path)> images, PreparationRequest request, Func<bool> isUp, HostPrograms programs, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(3);
    private readonly List<GuestDisk> _open = [];
    private StorageDaemon? _daemon;
    private GuestTrace? _noted;
    private string? _folder;

    /// <exception cref="ProblemException">An image is missing, broken, or in use.</exception>
    public async Task<IReadOnlyList<GuestDisk>> OpenAsync(CancellationToken cancellation)
    {
        var others = images.Where(image => image.Drive.Format is not "raw").ToList();
        if (others.Count > 0)
        {
            await ServeAsync(others, cancellation);
        }

        foreach (var (drive, path) in images)
        {
            IDisk disk = drive.Format is "raw"
                ? RawDisk.Open(path, request.IoNice)
                : await NbdDisk.OpenAsync(_daemon!.SocketPath, drive.Key, request.MaxWorkers, AnswerLimit, time, cancellation);
            _open.Add(new GuestDisk(drive.Key, drive.Storage, drive.Format, new WatchedDisk(disk, guest, isUp)));
        }

        return _open;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var disk in _open)
        {
            await disk.Disk.DisposeAsync();
        }

        _open.Clear();
        if (_daemon is { } daemon)
        {
            await daemon.DisposeAsync();
            _daemon = null;
        }

        if (_folder is not null && Directory.Exists(_folder))
        {
            await PrivateFolder.RemoveAsync(_folder, programs, CancellationToken.None);
        }

        if (_noted is { } noted)
        {
            await request.Traces.ForgetAsync(noted, CancellationToken.None);
            _noted = null;
        }
    }

    private async Task ServeAsync(IReadOnlyList<(QemuDrive Drive, string Path)> others, CancellationToken cancellation)
    {
        _folder = SocketFolder.NameFor(guest.Id);
        var trace = new GuestTrace(SocketFolder.Trace, _folder);
        await request.Traces.RememberAsync(trace, cancellation);
        _noted = trace;
        PrivateFolder.Make(_folder);
        _daemon = await StorageDaemon.StartAsync(programs, Path.Combine(_folder, SocketFolder.Daemon), [.. others.Select(image => new DaemonExport(image.Drive.Key, new JsonObject
        {
            ["driver"] = image.Drive.Format,
            ["node-name"] = image.Drive.Key,
            ["read-only"] = true,
            ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = image.Path },
        }))], time, cancellation);
    }

    // A raw image has no lock that would keep somebody from starting the machine meanwhile: seen afterwards at least, what was read is thrown away.
    private sealed class WatchedDisk(IDisk disk, Guest guest, Func<bool> isUp) : IDisk
    {
        public long Length => disk.Length;

        public async ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation)
        {
            var extent = await disk.ExtentAtAsync(offset, cancellation);
            ThrowIfUp();
            return extent;
        }

        public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
        {
            await disk.ReadAsync(offset, buffer, cancellation);
            ThrowIfUp();
        }

        public ValueTask DisposeAsync() => disk.DisposeAsync();

        private void ThrowIfUp()
        {
            if (isUp())
            {
                throw new ProblemException($"VM {guest.Id} was started while its disks were read; what was read is of no use. Back it up again, in snapshot mode.");
            }
        }
    }
}
