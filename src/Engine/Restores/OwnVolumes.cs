using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Restores;

/// <summary>The volumes that belong to a guest alone and go with it when it is replaced.</summary>
internal static class OwnVolumes
{
    /// <summary>Every volume that a configuration names, also in its snapshots, and also such as are not there.</summary>
    public static IReadOnlyList<NewVolume> NamedBy(string config, StorageConfig storages) =>
    [
        .. config.Split('\n', StringSplitOptions.TrimEntries).Where(line => !line.StartsWith('#')).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(parts => parts is [_, _])
            .Select(parts => PropertyString.Parse(parts[1], "volume").Volume)
            .Select(volume => (Id: volume, Path: volume.Contains(':', StringComparison.Ordinal) ? PathOf(volume, storages) : null))
            .Where(volume => volume.Path is not null)
            .Select(volume => new NewVolume("", volume.Id, volume.Path!, VolumeForm.Folder, 0)),
    ];

    /// <param name="isVolume">Which keys name volumes.</param>
    public static IReadOnlyList<OldVolume> Of(GuestConfig config, GuestId owner, StorageConfig storages, Func<string, bool> isVolume)
    {
        var found = new List<OldVolume>();
        foreach (var (key, value) in config.Entries.Where(entry => isVolume(entry.Key)))
        {
            // e.g. local:101/vm-101-disk-0.raw: the folder is the owner's. A path, another guest's volume or a base image stays.
            var volume = PropertyString.Parse(value, key is "rootfs" || ProxmoxContainerConfig.IsMountPoint(key) ? "volume" : "file").Volume;
            if (volume.Split(':', 2) is not [_, var name] || !name.StartsWith($"{owner}/", StringComparison.Ordinal) || PathOf(volume, storages) is not { } path)
            {
                continue;
            }

            found.Add(new OldVolume(key, volume, path, Directory.Exists(path) ? VolumeForm.Folder : Path.GetExtension(path) is ".qcow2" ? VolumeForm.Qcow2Image : VolumeForm.RawImage));
        }

        return found;
    }

    /// <summary>Null for one that is not on a storage of this node with a folder: it stays there.</summary>
    public static string? PathOf(string volume, StorageConfig storages)
    {
        try
        {
            return storages.VolumePath(volume);
        }
        catch (ProblemException)
        {
            return null;
        }
    }
}
