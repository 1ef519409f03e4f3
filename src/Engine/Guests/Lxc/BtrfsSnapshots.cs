using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Read-only snapshots of btrfs subvolumes, beside them.</summary>
internal sealed class BtrfsSnapshots(HostPrograms programs) : IVolumeSnapshots
{
    public string Trace => "btrfs-snapshot";

    public Task<bool> CanAsync(VolumeSource volume, CancellationToken cancellation) =>
        Task.FromResult(volume is VolumeSource.Folder folder && FileFacts.IsSubvolume(folder.Path) && programs.Find("btrfs") is not null);

    public string NameOf(VolumeSource volume, string stem) => SnapshotName.Beside(PathOf(volume), stem);

    public Task TakeAsync(VolumeSource volume, string snapshot, CancellationToken cancellation) =>
        programs.DoAsync(new HostCommand("btrfs", "subvolume", "snapshot", "-r", PathOf(volume), snapshot), cancellation);

    public Task MountAsync(VolumeSource volume, string snapshot, PrivateMounts mounts, string folder, CancellationToken cancellation) =>
        mounts.MountAsync(snapshot, folder, type: null, "bind,ro", cancellation);

    public async Task RemoveAsync(string snapshot, CancellationToken cancellation)
    {
        SnapshotName.RefuseForeign(snapshot, "@vzdump-lxc-");
        if (Directory.Exists(snapshot))
        {
            await programs.DoAsync(new HostCommand("btrfs", "subvolume", "delete", snapshot), cancellation);
        }
    }

    public Task<IReadOnlyList<string>> LeftoversAsync(VolumeSource volume, GuestId guest, CancellationToken cancellation) =>
        Task.FromResult(SnapshotName.LeftBeside(PathOf(volume), guest));

    private static string PathOf(VolumeSource volume) => ((VolumeSource.Folder)volume).Path;
}
