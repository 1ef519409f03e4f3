using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>Where fleecing images lie: on the storage that is meant for them, else in the task's folder.</summary>
internal static class FleecingPlace
{
    private const string LocalFolder = "/var/tmp";

    /// <summary>The folder, and the name of the image of a disk.</summary>
    /// <exception cref="ProblemException">The storage cannot be used.</exception>
    public static async Task<(string Folder, Func<int, string> Name)> ChooseAsync(Guest guest, PreparationRequest request, NodePaths paths, CancellationToken cancellation)
    {
        if (request.Fleecing is { Enabled: true, Storage: { } name })
        {
            var storage = (await StorageConfig.ReadAsync(paths.StorageConfig, cancellation)).Find(name);
            return storage.Path is { } path && Directory.Exists(path)
                ? (Path.Combine(path, "images", $"{guest.Id}"), index => $"vm-{guest.Id}-vzw-fleece-{index}.qcow2")
                : throw new ProblemException($"The storage '{name}' cannot hold fleecing images: it has no folder, or is not mounted.");
        }

        // A server that does not answer would hold up the guest's own writes.
        if (MountTable.FileSystemOf(request.TemporaryFolder) is { } type && IsRemote(type))
        {
            var unique = Guid.NewGuid().ToString("n");
            request.Log.Info($"the temporary folder is on '{type}'; fleecing images go to {LocalFolder}");
            return (LocalFolder, index => $"vzw-{guest.Id}-{unique}-{index}.qcow2");
        }

        return (request.TemporaryFolder, index => $"fleece-{index}.qcow2");
    }

    private static bool IsRemote(string fileSystem) =>
        fileSystem is "nfs" or "nfs4" or "cifs" or "smb3" or "ceph" or "9p" or "glusterfs" or "virtiofs" || fileSystem.StartsWith("fuse.", StringComparison.Ordinal);
}
