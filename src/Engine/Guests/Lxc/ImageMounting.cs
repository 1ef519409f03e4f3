using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Mounts file systems that guests wrote. Nothing in them is run or obeyed as a device.</summary>
internal static class ImageMounting
{
    private const string Careful = "nosuid,nodev,noexec";

    /// <summary>e.g. <c>ext4</c>; null when it is none that is known.</summary>
    public static async Task<string?> TypeAsync(HostPrograms programs, string device, CancellationToken cancellation)
    {
        var found = await programs.RunAsync(new HostCommand("blkid", "-p", "-o", "value", "-s", "TYPE", device), cancellation);
        return found.Output.Trim() is { Length: > 0 } type ? type : null;
    }

    /// <summary>A guest's own image, which is not in use.</summary>
    public static async Task MountGuestsAsync(HostPrograms programs, string image, PrivateMounts mounts, string folder, ITaskLog log, CancellationToken cancellation)
    {
        var type = await TypeAsync(programs, image, cancellation);
        try
        {
            await mounts.MountAsync(image, folder, type, $"ro,loop,{Careful}", cancellation);
        }
        catch (ProblemException refused)
        {
            // After a crash of the host its journal must be replayed before it can be read, as the container's next start would do.
            log.Info($"{image} was not unmounted cleanly ({refused.Message}); replaying its journal");
            await mounts.MountAsync(image, folder, type, $"loop,{Careful}", cancellation);
            await mounts.RunAsync(new HostCommand("mount", "-o", "remount,ro", folder), cancellation);
        }
    }

    /// <summary>A copy of ours, of an image in use: its journal is replayed in the copy.</summary>
    public static async Task MountOwnAsync(HostPrograms programs, string image, PrivateMounts mounts, string folder, CancellationToken cancellation)
    {
        var type = await TypeAsync(programs, image, cancellation);
        // The original is mounted by the container and has the same identity, which XFS refuses unless told.
        await mounts.MountAsync(image, folder, type, $"loop,{Careful}{(type == "xfs" ? ",nouuid" : "")}", cancellation);
    }

    /// <summary>A block device that must not be written to: a snapshot, or a volume at rest.</summary>
    public static async Task MountDeviceAsync(HostPrograms programs, string device, PrivateMounts mounts, string folder, CancellationToken cancellation)
    {
        var type = await TypeAsync(programs, device, cancellation);
        var journal = type switch { "ext3" or "ext4" => ",noload", "xfs" => ",norecovery,nouuid", _ => "" };
        await mounts.MountAsync(device, folder, type, $"ro,{Careful}{journal}", cancellation);
    }
}
