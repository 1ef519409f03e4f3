using VzDump.Engine.Archives;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Restores containers: with a Proxmox VE configuration where the host or the replaced guest has such, else as a plain LXC container.</summary>
internal sealed class ContainerRestorer(NodePaths paths, NativeContainers natives, ContainerUnpacking unpacking) : IGuestRestorer
{
    private const string DefaultStorage = "local";

    public GuestKind Kind => GuestKind.Lxc;

    public async Task<RestorePlan> PlanAsync(RestoreRequest request, ArchivedConfigs archived, Guest? existing, CancellationToken cancellation)
    {
        var replaced = existing is null ? null : await ConfigText.ReadAsync(existing.ConfigPath, cancellation);
        return existing?.LxcPath is null && (existing is not null || paths.IsProxmox || paths.NativeLxcFolders.Count == 0)
            ? await PlanProxmoxAsync(request, archived, existing, replaced, cancellation)
            : PlanNative(request, archived, existing, replaced);
    }

    public LxcName? ReservationOf(RestorePlan plan) => plan.Replaces is null && IsNative(plan) ? NameOf(plan) : null;

    public async Task<bool> IsNumberedAsync(RestorePlan plan, CancellationToken cancellation) => ReservationOf(plan) is { } name && await natives.HasAsync(name, plan.Request.Target, cancellation);

    public async Task ReserveAsync(RestorePlan plan, CancellationToken cancellation)
    {
        if (ReservationOf(plan) is { } name)
        {
            await natives.ReserveAsync(name, plan.Request.Target, cancellation);
        }
    }

    public Task FillAsync(RestorePlan plan, Stream archive, ITaskLog log, CancellationToken cancellation)
    {
        var config = GuestConfig.Parse(plan.Config);
        var root = plan.Volumes.Single(volume => volume.Key == "rootfs");
        var points = plan.Volumes.Where(volume => volume != root)
            .Select(volume => (Volume: volume, At: PropertyString.Parse(config.Value(volume.Key) ?? "", "volume")["mp"] ?? throw new ProblemException($"The mount point {volume.Key} has no path.")))
            .OrderBy(point => point.At, StringComparer.Ordinal).ToList();
        return unpacking.UnpackAsync(root, points, LxcIdMap.Of(config), plan.Request.Target, archive, log, cancellation);
    }

    private static bool IsNative(RestorePlan plan) => Path.GetFileName(plan.ConfigPath) == "config";

    private static LxcName NameOf(RestorePlan plan) => new(Path.GetDirectoryName(Path.GetDirectoryName(plan.ConfigPath))!, Path.GetFileName(Path.GetDirectoryName(plan.ConfigPath))!);

    private RestorePlan PlanNative(RestoreRequest request, ArchivedConfigs archived, Guest? existing, string? replaced)
    {
        var config = GuestConfig.Parse(archived.Config);
        var native = archived.Native ?? NativeConfig.FromProxmox(config);
        var name = CleanName(existing?.Name ?? request.Name ?? config.Value("hostname") ?? $"ct{request.Target}");
        var folder = Path.Combine(existing?.LxcPath ?? paths.NativeLxcFolders[0], name);
        if (existing is null && Path.Exists(folder))
        {
            throw new ProblemException($"There is a container '{name}' already ({folder}). Give the restored one another name.");
        }

        var was = LxcIdMap.Of(GuestConfig.Parse(native)) is { Count: > 0 } map ? map : config.Value("unprivileged") == "1" ? LxcLines.UsualMap : [];
        IReadOnlyList<IdMapping> ids = request.Unprivileged switch { true when was.Count == 0 => LxcLines.UsualMap, false => [], _ => was };
        var root = FreeRoot(folder);
        var (made, warnings) = NativeConfig.Make(native, replaced, root, name, request, ids);
        var lost = config.Entries.Where(entry => ProxmoxContainerConfig.IsMountPoint(entry.Key)).Select(entry => $"The mount point {entry.Key} ({entry.Value}) is unpacked into the root file system.");
        var old = replaced is null ? null : GuestConfig.Parse(replaced).Value("lxc.rootfs.path");
        return new RestorePlan
        {
            Request = request,
            Kind = Kind,
            Name = name,
            Config = made,
            ConfigPath = Path.Combine(folder, "config"),
            Volumes = [new NewVolume("rootfs", $"dir:{root}", root, VolumeForm.Folder, 0)],
            Replaces = existing,
            // Only a folder of its own, below its own folder, is known to belong to it alone.
            Removes = old is not null && (old.StartsWith("dir:", StringComparison.Ordinal) ? old["dir:".Length..] : old) is var path && Path.GetDirectoryName(path) == folder
                ? [new OldVolume("rootfs", old, path, VolumeForm.Folder)]
                : [],
            Warnings = [.. warnings, .. lost],
        };
    }

    private async Task<RestorePlan> PlanProxmoxAsync(RestoreRequest request, ArchivedConfigs archived, Guest? existing, string? replaced, CancellationToken cancellation)
    {
        var config = GuestConfig.Parse(archived.Config);
        var storages = await StorageConfig.ReadAsync(paths.StorageConfig, cancellation);
        var volumes = new Dictionary<string, NewVolume>(StringComparer.Ordinal);
        // A name that the old configuration has, though its file is lost, would make an unfinished restore look finished.
        var taken = OwnVolumes.NamedBy(replaced ?? "", storages);
        foreach (var (key, value) in config.Entries.Where(entry => entry.Key is "rootfs" || ProxmoxContainerConfig.IsMountPoint(entry.Key)))
        {
            var point = PropertyString.Parse(value, "volume");
            if (key is not "rootfs" && (point["backup"] != "1" || point.Volume.StartsWith('/')))
            {
                continue; // not in the archive
            }

            var size = VolumeSize.Parse(point["size"]) ?? 0;
            volumes[key] = VolumeFiles.Plan(StorageFor(key, point.Volume), request.Target, key, size > 0 ? VolumeForm.RawImage : VolumeForm.Folder, size, [.. volumes.Values, .. taken]);
        }

        if (!volumes.ContainsKey("rootfs"))
        {
            throw new ProblemException("The archive's configuration has no 'rootfs'.");
        }

        var (made, warnings) = ProxmoxContainerConfig.Make(archived.Config, replaced, volumes, request, request.Unprivileged ?? config.Value("unprivileged") == "1");
        return new RestorePlan
        {
            Request = request,
            Kind = Kind,
            Name = GuestConfig.Parse(made).Value("hostname") ?? $"CT{request.Target}",
            Config = made,
            ConfigPath = Path.Combine(paths.LxcFolder, $"{request.Target}.conf"),
            Firewall = archived.Firewall,
            Volumes = [.. volumes.Values],
            Replaces = existing,
            Removes = replaced is null ? [] : OwnVolumes.Of(GuestConfig.Parse(replaced), request.Target, storages, key => key is "rootfs" || ProxmoxContainerConfig.IsMountPoint(key)),
            Warnings = warnings,
        };

        StorageDefinition StorageFor(string key, string volume) =>
            request.StorageOf.TryGetValue(key, out var chosen) ? storages.Find(chosen)
            : request.Storage is { } all ? storages.Find(all)
            : storages.Storages.FirstOrDefault(storage => storage.Name == volume.Split(':')[0]) ?? storages.Find(DefaultStorage);
    }

    // What LXC and a host name allow; a name out of an archive must not lead elsewhere.
    private static string CleanName(string name) =>
        name.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_')
            ? name
            : throw new ProblemException($"'{name}' is no name for a container: letters, digits, '-', '.' and '_' are allowed. Give another one.");

    // The old root stays in use until the new one is complete.
    private static string FreeRoot(string folder)
    {
        var root = Path.Combine(folder, "rootfs");
        for (var number = 2; Path.Exists(root); number++)
        {
            root = Path.Combine(folder, $"rootfs-{number}");
        }

        return root;
    }
}
