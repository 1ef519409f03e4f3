using System.Globalization;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>The volumes of a container with a Proxmox VE configuration.</summary>
internal static class ProxmoxVolumes
{
    /// <exception cref="ProblemException">A volume that belongs into the archive is on a storage that cannot be read.</exception>
    public static ContainerPlan Plan(GuestConfig config, Guest guest, StorageConfig storages)
    {
        var rootfs = config.Value("rootfs") ?? throw new ProblemException($"The configuration {guest.ConfigPath} has no 'rootfs'.");
        var root = PropertyString.Parse(rootfs, "volume").Volume;
        var volumes = new List<ContainerVolume> { new("rootfs", "/", SourceOf(root, storages)) };
        var decisions = new List<VolumeDecision> { new("rootfs", "/", "volume", root, IsIncluded: true, "rootfs") };
        foreach (var (key, value) in config.Entries.Where(entry => IsMountPoint(entry.Key)).DistinctBy(entry => entry.Key).OrderBy(entry => int.Parse(entry.Key.AsSpan(2), CultureInfo.InvariantCulture)))
        {
            // e.g. mp0: local:101/vm-101-disk-1.raw,mp=/srv/data,backup=1,size=8G  or  mp1: /host/folder,mp=/mnt
            var point = PropertyString.Parse(config.Value(key) ?? value, "volume");
            var inside = InsideOf(point["mp"], key, guest);
            var type = point.Volume.StartsWith("/dev/", StringComparison.Ordinal) ? "device" : point.Volume.StartsWith('/') ? "bind" : "volume";
            var isIncluded = type == "volume" && point["backup"] == "1";
            decisions.Add(new VolumeDecision(key, inside, type, point.Volume, isIncluded, type != "volume" ? "not a volume" : isIncluded ? "enabled" : "disabled"));
            if (isIncluded)
            {
                volumes.Add(new ContainerVolume(key, inside, SourceOf(point.Volume, storages)));
            }
        }

        return new ContainerPlan([.. volumes.OrderBy(volume => volume.Inside, StringComparer.Ordinal)], decisions, LxcIdMap.Of(config));
    }

    private static bool IsMountPoint(string key) => key.StartsWith("mp", StringComparison.Ordinal) && key.Length is > 2 and < 7 && key.AsSpan(2).IndexOfAnyExceptInRange('0', '9') < 0;

    private static string InsideOf(string? path, string key, Guest guest)
    {
        var parts = (path ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0 && !parts.Any(part => part is "." or "..")
            ? "/" + string.Join('/', parts)
            : throw new ProblemException($"The mount point {key} in {guest.ConfigPath} has no folder ('mp=/…').");
    }

    private static VolumeSource SourceOf(string volume, StorageConfig storages)
    {
        if (volume.StartsWith('/'))
        {
            return FileOrFolder(volume);
        }

        // e.g. local-zfs:subvol-101-disk-0, or local-zfs:basevol-100-disk-0/subvol-101-disk-0 for a linked clone
        var parts = volume.Split(':', 2);
        var storage = storages.Find(parts[0]);
        var name = parts is [_, var rest] && rest.Split('/') is { Length: 1 or 2 } names ? names[^1] : "";
        return storage.Type switch
        {
            "zfspool" => new VolumeSource.Dataset($"{Needed(storage, "pool")}/{Plain(name, volume)}", Path.Combine(storage.Section["mountpoint"] ?? "/" + Needed(storage, "pool"), name)),
            "lvmthin" or "lvm" => new VolumeSource.Logical(Needed(storage, "vgname"), Plain(name, volume), storage.Type == "lvmthin"),
            "btrfs" => OnBtrfs(storages.VolumePath(volume)),
            _ when storage.Path is not null => FileOrFolder(storages.VolumePath(volume)),
            _ => throw new ProblemException($"The volume '{volume}' is on a storage of type '{storage.Type}', which cannot be read (folders, btrfs, ZFS and LVM can). Leave it out with backup=0."),
        };
    }

    // Proxmox VE keeps each raw image on btrfs in a subvolume of its own: vm-101-disk-0.raw is vm-101-disk-0/disk.raw.
    private static VolumeSource OnBtrfs(string path)
    {
        var bare = Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path));
        return path.EndsWith(".raw", StringComparison.Ordinal) && !File.Exists(path) ? new VolumeSource.Image(Path.Combine(bare, "disk.raw"))
            : !path.EndsWith(".raw", StringComparison.Ordinal) && !Directory.Exists(path) && Directory.Exists(bare) ? new VolumeSource.Folder(bare)
            : FileOrFolder(path);
    }

    private static VolumeSource FileOrFolder(string path) => Path.GetExtension(path) switch
    {
        ".raw" => new VolumeSource.Image(path),
        ".qcow2" or ".vmdk" => throw new ProblemException($"The volume {path} is no raw image; containers use raw images and folders."),
        _ => File.Exists(path) ? new VolumeSource.Image(path) : new VolumeSource.Folder(path),
    };

    private static string Needed(StorageDefinition storage, string key) =>
        storage.Section[key] ?? throw new ProblemException($"The storage '{storage.Name}' has no '{key}' in storage.cfg.");

    // It becomes a part of arguments and of paths below /dev.
    private static string Plain(string name, string volume) => name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
        ? name
        : throw new ProblemException($"'{volume}' is no volume of a container.");
}
