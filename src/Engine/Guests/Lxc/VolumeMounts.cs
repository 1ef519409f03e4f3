using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Brings the volumes of a container together in one tree that only this backup sees.</summary>
internal sealed class VolumeMounts(HostPrograms programs, ITaskLog log)
{
    /// <summary>The tree, its root at <see cref="PrivateMounts.Root"/>.</summary>
    /// <param name="mount">Mounts one volume on a folder.</param>
    /// <exception cref="ProblemException">A volume cannot be mounted.</exception>
    public async Task<PrivateMounts> OpenAsync(IReadOnlyList<ContainerVolume> volumes, Func<ContainerVolume, PrivateMounts, string, Task> mount, CancellationToken cancellation)
    {
        var mounts = await PrivateMounts.OpenAsync(programs, cancellation);
        try
        {
            foreach (var volume in volumes)
            {
                var folder = volume.IsRoot ? PrivateMounts.Root : PrivateMounts.Root + volume.Inside;
                try
                {
                    if (!volume.IsRoot)
                    {
                        await RefuseLinksAsync(mounts, folder, cancellation);
                    }

                    await mount(volume, mounts, folder);
                }
                catch (ProblemException failed)
                {
                    throw new ProblemException($"The volume {volume.Key} ('{volume.Inside}') cannot be mounted for the backup: {failed.Message}", failed);
                }
            }

            return mounts;
        }
        catch
        {
            await mounts.DisposeAsync();
            throw;
        }
    }

    /// <summary>Mounts a volume of a container that does not run from where it lies.</summary>
    public Task MountAsync(VolumeSource source, PrivateMounts mounts, string folder, CancellationToken cancellation) => source switch
    {
        VolumeSource.Folder plain => mounts.MountAsync(plain.Path, folder, type: null, "bind,ro", cancellation),
        // Not mounted, its folder is there all the same, and empty.
        VolumeSource.Dataset dataset when MountTable.On(dataset.MountPoint) is not { FileSystem: "zfs" } => throw new ProblemException($"the dataset {dataset.Name} is not mounted at {dataset.MountPoint}. Mount it (zfs mount {dataset.Name})."),
        VolumeSource.Dataset dataset => mounts.MountAsync(dataset.MountPoint, folder, type: null, "bind,ro", cancellation),
        VolumeSource.Image image => ImageMounting.MountGuestsAsync(programs, image.Path, mounts, folder, log, cancellation),
        VolumeSource.Logical logical => ImageMounting.MountDeviceAsync(programs, logical.Device, mounts, folder, cancellation),
        // Without an upper folder nothing can be written; the one with the changes simply is the topmost.
        VolumeSource.Overlay overlay => mounts.MountAsync("overlay", folder, "overlay", $"ro,lowerdir={overlay.Upper}:{overlay.Lower}", cancellation),
        _ => throw new InvalidOperationException($"No way to mount {source.GetType()}."),
    };

    /// <summary>
    /// The volumes that tar must be told of, as it stays on the file system it begins on: those that lie on another than the folder above them.
    /// </summary>
    public static async Task<IReadOnlyList<string>> OtherFileSystemsAsync(IReadOnlyList<ContainerVolume> volumes, PrivateMounts mounts, CancellationToken cancellation)
    {
        var others = new List<string>();
        foreach (var volume in volumes.Where(volume => !volume.IsRoot))
        {
            var folder = PrivateMounts.Root + volume.Inside;
            // e.g. "1792\n1793"
            var devices = await mounts.RunAsync(new HostCommand("stat", "--format=%d", "--", folder, Path.GetDirectoryName(folder)!), cancellation);
            if (devices.Split('\n', StringSplitOptions.RemoveEmptyEntries) is not [var here, var above] || here != above)
            {
                others.Add("." + volume.Inside);
            }
        }

        return others;
    }

    // Links are the container's; followed by root they could lead a mount over the host's own programs, which run in here.
    public static async Task RefuseLinksAsync(PrivateMounts mounts, string folder, CancellationToken cancellation)
    {
        if ((await mounts.RunAsync(new HostCommand("realpath", "--canonicalize-existing", "--zero", "--", folder), cancellation)).TrimEnd('\0') != folder)
        {
            throw new ProblemException("a part of its path in the container is a symbolic link.");
        }
    }
}
