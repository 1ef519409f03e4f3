using System.Globalization;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Virtual machines with a Proxmox VE configuration. Stopped ones with raw disks for now.</summary>
internal sealed class QemuDriver(NodePaths paths) : IGuestDriver
{
    private const string PidFolder = "/run/qemu-server";

    public GuestKind Kind => GuestKind.Qemu;

    public async Task<GuestListing> ListAsync(CancellationToken cancellation)
    {
        var (configs, problems) = await GuestFiles.ReadAllAsync(paths.QemuFolder, cancellation);
        return new GuestListing(
            [
                .. configs.Select(found => new GuestState(
                    new Guest { Id = found.Id, Kind = Kind, Name = found.Config.Value("name") ?? $"VM {found.Id}", ConfigPath = found.Path, IsSample = found.IsSample },
                    Status(found.Id),
                    found.Config.Value("lock"))),
            ],
            problems);
    }

    public Task<GuestStatus> StatusAsync(Guest guest, CancellationToken cancellation) => Task.FromResult(Status(guest.Id));

    public Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation) => GuestFiles.FindLockAsync(guest, cancellation);

    public Task LockAsync(Guest guest, CancellationToken cancellation) => GuestFiles.LockAsync(guest, cancellation);

    public Task UnlockAsync(Guest guest, CancellationToken cancellation) => GuestFiles.UnlockAsync(guest, cancellation);

    public Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation) => throw Running(guest);

    public Task StartAsync(Guest guest, CancellationToken cancellation) => throw Running(guest);

    public async Task<Preparation> PrepareAsync(Guest guest, PreparationRequest request, CancellationToken cancellation)
    {
        var log = request.Log;
        if (Status(guest.Id) is not GuestStatus.Stopped)
        {
            throw Running(guest);
        }

        var config = GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation));
        var storages = await StorageConfig.ReadAsync(paths.StorageConfig, cancellation);
        var drives = QemuDrive.AllOf(config);
        foreach (var drive in drives.Where(drive => drive.ExcludedBecause is not null))
        {
            log.Info($"exclude disk '{drive.Key}' '{drive.Volume}' ({drive.ExcludedBecause})");
        }

        var images = drives.Where(drive => drive.ExcludedBecause is null).OrderBy(drive => drive.Key, StringComparer.Ordinal)
            .Select(drive => (Drive: drive, Path: storages.VolumePath(drive.Volume))).ToList();
        foreach (var (drive, path) in images)
        {
            log.Info($"include disk '{drive.Key}' '{drive.Volume}'{(drive.Size is { } size ? $" {size}" : "")}");
            if (drive.Format is not "raw")
            {
                throw new ProblemException($"The disk {drive.Key} of VM {guest.Id} is in the format {drive.Format}; only raw disks can be archived yet.");
            }

            if (!File.Exists(path))
            {
                throw new ProblemException($"The disk {drive.Key} of VM {guest.Id} is not there: {path}.");
            }
        }

        return new Preparation.Ready(new PreparedMachine(
            images,
            config.ForArchive(),
            await GuestFirewall.ReadAsync(paths, guest, cancellation),
            request.IoNice));
    }

    public Task SuspendAsync(Guest guest, CancellationToken cancellation) => throw Running(guest);

    public Task ResumeAsync(Guest guest, CancellationToken cancellation) => Task.CompletedTask;

    public Task UndoAsync(Guest? guest, IReadOnlyList<GuestTrace> traces, ITaskLog log, CancellationToken cancellation) => Task.CompletedTask;

    private static ProblemException Running(Guest guest) =>
        new($"VM {guest.Id} ({guest.Name}) is running; only stopped VMs can be backed up yet. Shut it down and try again.");

    private static GuestStatus Status(GuestId id)
    {
        // QEMU's pid file, as Proxmox VE places it; a stale one names a process that is gone or something else.
        var file = Path.Combine(PidFolder, $"{id}.pid");
        try
        {
            if (!int.TryParse(File.ReadAllText(file).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                return GuestStatus.Stopped;
            }

            var program = File.ReadAllText($"/proc/{pid}/cmdline");
            return program.Contains("qemu", StringComparison.Ordinal) || program.Contains("kvm", StringComparison.Ordinal) ? GuestStatus.Running : GuestStatus.Stopped;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return GuestStatus.Stopped;
        }
    }

    private sealed class PreparedMachine(IReadOnlyList<(QemuDrive Drive, string Path)> images, string config, string? firewall, int? ioNice) : IPreparedGuest
    {
        private readonly List<GuestDisk> _open = [];

        public bool MustSuspendToCut => false;

        public bool GoesOnAfterCut => false;

        public Task CopyAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task CutAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task<GuestContent> OpenContentAsync(CancellationToken cancellation)
        {
            foreach (var (drive, path) in images)
            {
                _open.Add(new GuestDisk(drive.Key, drive.Storage, drive.Format, RawDisk.Open(path, ioNice)));
            }

            return Task.FromResult<GuestContent>(new GuestContent.Disks { Config = config, Firewall = firewall, Drives = _open });
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var disk in _open)
            {
                await disk.Disk.DisposeAsync();
            }

            _open.Clear();
        }
    }
}
