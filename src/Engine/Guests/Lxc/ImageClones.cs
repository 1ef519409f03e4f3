using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>
/// Clones of raw images on file systems with reflinks. The container stands still and its file system is flushed when the clone is made, and the
/// clone, being ours, may replay its journal. A file system frozen by fsfreeze would be no more exact, and would stay frozen when we are killed.
/// </summary>
internal sealed class ImageClones(HostPrograms programs) : IVolumeSnapshots
{
    public string Trace => "image-clone";

    public async Task<bool> CanAsync(VolumeSource volume, CancellationToken cancellation) =>
        volume is VolumeSource.Image image && Path.GetDirectoryName(image.Path) is { } folder && FileClone.IsPossibleIn(folder)
        // Two file systems of btrfs with one identity must never be mounted at a time.
        && await ImageMounting.TypeAsync(programs, image.Path, cancellation) is not "btrfs";

    public string NameOf(VolumeSource volume, string stem) => SnapshotName.Beside(PathOf(volume), stem);

    public Task TakeAsync(VolumeSource volume, string snapshot, CancellationToken cancellation)
    {
        try
        {
            FileClone.Make(PathOf(volume), snapshot);
            return Task.CompletedTask;
        }
        catch (IOException failed)
        {
            throw new ProblemException($"The image could not be cloned: {failed.Message}", failed);
        }
    }

    public Task MountAsync(VolumeSource volume, string snapshot, PrivateMounts mounts, string folder, CancellationToken cancellation) =>
        ImageMounting.MountOwnAsync(programs, snapshot, mounts, folder, cancellation);

    public Task RemoveAsync(string snapshot, CancellationToken cancellation)
    {
        SnapshotName.RefuseForeign(snapshot, "@vzdump-lxc-");
        File.Delete(snapshot);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> LeftoversAsync(VolumeSource volume, GuestId guest, CancellationToken cancellation) =>
        Task.FromResult(SnapshotName.LeftBeside(PathOf(volume), guest));

    private static string PathOf(VolumeSource volume) => ((VolumeSource.Image)volume).Path;
}
