using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>The volumes of a container that only LXC knows: its root file system, and what is mounted from the host, which is not its own.</summary>
internal static class NativeVolumes
{
    /// <exception cref="ProblemException">Its root file system is of a type that cannot be read.</exception>
    public static ContainerPlan Plan(GuestConfig config, Guest guest)
    {
        var path = config.Value("lxc.rootfs.path") ?? config.Value("lxc.rootfs") ?? throw new ProblemException($"The configuration {guest.ConfigPath} has no 'lxc.rootfs.path'.");
        var decisions = new List<VolumeDecision> { new("rootfs", "/", "volume", path, IsIncluded: true, "rootfs") };
        decisions.AddRange(config.Entries.Where(entry => entry.Key == "lxc.mount.entry").Select(entry => Entry(entry.Value)).OfType<VolumeDecision>());
        return new ContainerPlan(
            [new ContainerVolume("rootfs", "/", SourceOf(path, guest))],
            decisions,
            LxcIdMap.Of(config),
            // e.g. lxc.rootfs.options = idmap=container
            IsMappedOnDisk: config.Value("lxc.rootfs.options")?.Split(',').Any(option => option.Trim().StartsWith("idmap=", StringComparison.Ordinal)) is not true);
    }

    // e.g. dir:/var/lib/lxc/web/rootfs, loop:/…/disk.img, overlay:LOWER:UPPER, or a path alone
    private static VolumeSource SourceOf(string path, Guest guest) => path.Split(':') switch
    {
        [['/', ..]] => File.Exists(path) ? new VolumeSource.Image(path) : new VolumeSource.Folder(path),
        ["dir" or "btrfs", ['/', ..] folder] => new VolumeSource.Folder(folder),
        ["loop", ['/', ..] image] => new VolumeSource.Image(image),
        ["overlay" or "overlayfs", ['/', ..] lower, ['/', ..] upper] => new VolumeSource.Overlay(lower, upper),
        ["zfs", var dataset] when dataset.Length > 0 && dataset[0] is not '-' and not '/' => new VolumeSource.Dataset(dataset, Path.Combine(guest.LxcPath!, guest.Name, "rootfs")),
        // e.g. lvm:/dev/vg/web
        ["lvm", var device] when device.Split('/') is ["", "dev", var group, var name] => new VolumeSource.Logical(group, name, IsThin: false),
        _ => throw new ProblemException($"The root file system '{path}' of container {guest.Name} is of a type that cannot be archived (dir, loop, btrfs, overlay, zfs and lvm can)."),
    };

    // e.g. /srv/data srv/data none bind,create=dir 0 0; a source without slash at its beginning is a file system of the kernel's, such as proc
    private static VolumeDecision? Entry(string text)
    {
        var fields = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return fields is [['/', ..] source, var target, ..]
            ? new VolumeDecision("lxc.mount.entry", "/" + target.TrimStart('/'), source.StartsWith("/dev/", StringComparison.Ordinal) ? "device" : "bind", source, IsIncluded: false, "not a volume")
            : null;
    }
}
