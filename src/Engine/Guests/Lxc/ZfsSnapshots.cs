using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Snapshots of ZFS datasets, by the command <c>zfs</c>.</summary>
internal sealed class ZfsSnapshots(HostPrograms programs) : IVolumeSnapshots
{
    public string Trace => "zfs-snapshot";

    public Task<bool> CanAsync(VolumeSource volume, CancellationToken cancellation) =>
        Task.FromResult(volume is VolumeSource.Dataset && programs.Find("zfs") is not null);

    public string NameOf(VolumeSource volume, string stem) => $"{NameOf(volume)}@{stem}";

    public Task TakeAsync(VolumeSource volume, string snapshot, CancellationToken cancellation) =>
        programs.DoAsync(new HostCommand("zfs", "snapshot", snapshot), cancellation);

    public Task MountAsync(VolumeSource volume, string snapshot, PrivateMounts mounts, string folder, CancellationToken cancellation) =>
        mounts.MountAsync(snapshot, folder, "zfs", "ro", cancellation);

    public async Task RemoveAsync(string snapshot, CancellationToken cancellation)
    {
        // Without the part behind the @ it would name the dataset itself.
        if (snapshot.Split('@') is not [{ Length: > 0 }, var name] || !name.StartsWith("vzdump-lxc-", StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal))
        {
            throw new ProblemException($"'{snapshot}' is no snapshot that a backup made; it is left alone.");
        }

        var removal = await programs.RunAsync(new HostCommand("zfs", "destroy", snapshot), cancellation);
        // e.g. could not find any snapshots to destroy; check snapshot names.
        if (!removal.Exit.Succeeded && !removal.ErrorOutput.Contains("could not find any snapshots", StringComparison.Ordinal) && !removal.ErrorOutput.Contains("does not exist", StringComparison.Ordinal))
        {
            throw new ProblemException($"zfs destroy {snapshot}: {removal.Complaint}");
        }
    }

    public async Task<IReadOnlyList<string>> LeftoversAsync(VolumeSource volume, GuestId guest, CancellationToken cancellation)
    {
        // e.g. rpool/data/subvol-101-disk-0@vzdump-lxc-101-2026_11_22-03_00_01
        var list = await programs.RunAsync(new HostCommand("zfs", "list", "-H", "-t", "snapshot", "-o", "name", "-d", "1", NameOf(volume)), cancellation);
        return [.. list.Output.Split('\n', StringSplitOptions.TrimEntries).Where(name => name.StartsWith($"{NameOf(volume)}@{SnapshotName.StemOf(guest)}", StringComparison.Ordinal))];
    }

    private static string NameOf(VolumeSource volume) => ((VolumeSource.Dataset)volume).Name;
}
