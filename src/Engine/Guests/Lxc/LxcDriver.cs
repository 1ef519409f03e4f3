using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Containers: those with a Proxmox VE configuration, and the host's own by LXC's name.</summary>
internal sealed class LxcDriver(NodePaths paths, NativeContainers natives, LxcControl control, HostPrograms programs) : IGuestDriver
{
    private const string ProxmoxLxcFolder = "/var/lib/lxc";

    public GuestKind Kind => GuestKind.Lxc;

    public async Task<GuestListing> ListAsync(CancellationToken cancellation)
    {
        var running = LxcControl.Running();
        var (configs, problems) = await GuestFiles.ReadAllAsync(paths.LxcFolder, cancellation);
        var guests = configs.Select(found => new GuestState(
            new Guest { Id = found.Id, Kind = Kind, Name = found.Config.Value("hostname") ?? $"CT{found.Id}", ConfigPath = found.Path, IsSample = found.IsSample },
            running.Contains(new LxcName(ProxmoxLxcFolder, found.Id.ToString())) ? GuestStatus.Running : GuestStatus.Stopped,
            found.Config.Value("lock"))).ToList();

        var names = paths.NativeLxcFolders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder).Where(container => File.Exists(Path.Combine(container, "config")))
                .Select(container => new LxcName(folder, Path.GetFileName(container)))).ToList();
        try
        {
            // Also without names: a file that cannot be read is told before somebody needs it.
            var taken = TakenIds([paths.LxcFolder, paths.QemuFolder]);
            var numbers = await natives.NumberAsync(names, taken, cancellation);
            guests.AddRange(names.Select(name => new GuestState(
                new Guest { Id = GuestId.Parse(numbers[name].Id), Kind = Kind, Name = name.Name, ConfigPath = Path.Combine(name.Folder, name.Name, "config"), LxcPath = name.Folder },
                running.Contains(name) ? GuestStatus.Running : GuestStatus.Stopped,
                numbers[name]["lock"])));
        }
        catch (ProblemException problem)
        {
            // Without their numbers the host's own containers cannot be told apart; the others are not hidden by that.
            problems = [.. problems, problem.Message];
        }

        return new GuestListing(guests, problems);
    }

    public async Task<GuestStatus> StatusAsync(Guest guest, CancellationToken cancellation) =>
        await control.IsRunningAsync(Name(guest), cancellation) ? GuestStatus.Running : GuestStatus.Stopped;

    public Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation) =>
        guest.LxcPath is null ? GuestFiles.FindLockAsync(guest, cancellation) : natives.FindLockAsync(guest, cancellation);

    public Task LockAsync(Guest guest, CancellationToken cancellation) =>
        guest.LxcPath is null ? GuestFiles.LockAsync(guest, cancellation) : natives.LockAsync(guest, cancellation);

    public Task UnlockAsync(Guest guest, CancellationToken cancellation) =>
        guest.LxcPath is null ? GuestFiles.UnlockAsync(guest, cancellation) : natives.UnlockAsync(guest, cancellation);

    public Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation) => control.StopAsync(Name(guest), wait, cancellation);

    public async Task StartAsync(Guest guest, CancellationToken cancellation)
    {
        if (guest.LxcPath is null && paths.IsProxmox)
        {
            // Proxmox VE sets up network and volumes around lxc-start.
            var start = await programs.RunAsync(new HostCommand("pct", "start", guest.Id.ToString(), "--skiplock", "1"), cancellation);
            if (!start.Exit.Succeeded)
            {
                throw new ProblemException($"The container {guest.Id} could not be started: {start.Complaint}.");
            }
        }
        else
        {
            await control.StartAsync(Name(guest), cancellation);
        }
    }

    public async Task<Preparation> PrepareAsync(Guest guest, PreparationRequest request, CancellationToken cancellation)
    {
        var log = request.Log;
        if (request.Mode is not BackupMode.Stop)
        {
            return new Preparation.ModeFailure($"mode failure - {request.Mode.VzdumpName} mode of containers is not available yet; use stop mode");
        }

        var config = GuestConfig.Parse(await ConfigText.ReadAsync(guest.ConfigPath, cancellation));
        var root = guest.LxcPath is null
            ? (await StorageConfig.ReadAsync(paths.StorageConfig, cancellation)).VolumePath(RootVolume(config, guest))
            : NativeRoot(config, guest);
        if (!Directory.Exists(root))
        {
            throw new ProblemException(File.Exists(root)
                ? $"The root file system of container {guest.Id} is an image file ({root}); only folders can be archived yet."
                : $"The root file system of container {guest.Id} is not there: {root}.");
        }

        log.Info($"include mount point rootfs ('/') in backup");
        foreach (var (key, value) in config.Entries.Where(entry => IsMountPoint(entry.Key)))
        {
            var point = PropertyString.Parse(value, "volume");
            if (point["backup"] == "1" && !point.Volume.StartsWith('/'))
            {
                throw new ProblemException($"The mount point {key} ('{point["mp"]}') is to be in the backup, but only the root file system can be archived yet. Set backup=0 on it to back up the rest.");
            }

            log.Info($"exclude {(point.Volume.StartsWith('/') ? "bind mount" : "volume")} {key} ('{point["mp"]}') from backup ({(point.Volume.StartsWith('/') ? "not a volume" : "disabled")})");
        }

        return new Preparation.Ready(new PreparedContainer(new GuestContent.Tree
        {
            Config = guest.LxcPath is null ? config.ForArchive() : NativeConfigTranslation.ToProxmox(config, guest),
            NativeConfig = guest.LxcPath is null ? null : await ConfigText.ReadAsync(guest.ConfigPath, cancellation),
            Firewall = await GuestFirewall.ReadAsync(paths, guest, cancellation),
            Root = root,
            IdMap = LxcIdMap.Of(config),
        }));
    }

    public Task SuspendAsync(Guest guest, CancellationToken cancellation) => throw new ProblemException("Containers cannot be suspended yet.");

    public Task ResumeAsync(Guest guest, CancellationToken cancellation) => Task.CompletedTask;

    public Task UndoAsync(Guest? guest, IReadOnlyList<GuestTrace> traces, ITaskLog log, CancellationToken cancellation) => Task.CompletedTask;

    private static LxcName Name(Guest guest) => guest.LxcPath is { } folder ? new LxcName(folder, guest.Name) : new LxcName(ProxmoxLxcFolder, guest.Id.ToString());

    private static bool IsMountPoint(string key) => key.StartsWith("mp", StringComparison.Ordinal) && key.Length > 2 && key.AsSpan(2).IndexOfAnyExceptInRange('0', '9') < 0;

    private static HashSet<GuestId> TakenIds(IEnumerable<string> folders)
    {
        var taken = new HashSet<GuestId>();
        foreach (var path in folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.conf")))
        {
            if (GuestId.TryParse(Path.GetFileNameWithoutExtension(path), out var id))
            {
                taken.Add(id);
            }
        }

        return taken;
    }

    private static string RootVolume(GuestConfig config, Guest guest) => config.Value("rootfs") is { } rootfs
        ? PropertyString.Parse(rootfs, "volume").Volume
        : throw new ProblemException($"The configuration {guest.ConfigPath} has no 'rootfs'.");

    private static string NativeRoot(GuestConfig config, Guest guest)
    {
        // e.g. dir:/var/lib/lxc/web/rootfs, btrfs:/…, or a path alone
        var path = config.Value("lxc.rootfs.path") ?? config.Value("lxc.rootfs") ?? throw new ProblemException($"The configuration {guest.ConfigPath} has no 'lxc.rootfs.path'.");
        return path.Split(':', 2) switch
        {
            ["dir" or "btrfs", var folder] => folder,
            [['/', ..]] => path,
            _ => throw new ProblemException($"The root file system '{path}' of container {guest.Name} is of a type that cannot be archived yet (folders can)."),
        };
    }

    private sealed class PreparedContainer(GuestContent.Tree tree) : IPreparedGuest
    {
        public bool MustSuspendToCut => false;

        public bool GoesOnAfterCut => false;

        public Task CopyAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task CutAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task<GuestContent> OpenContentAsync(CancellationToken cancellation) => Task.FromResult<GuestContent>(tree);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
