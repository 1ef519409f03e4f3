using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Snapshots of thin logical volumes, by LVM's commands. The name of one is <c>GROUP/snap_VOLUME_STEM</c>.</summary>
internal sealed class ThinSnapshots(HostPrograms programs) : IVolumeSnapshots
{
    public string Trace => "lvm-snapshot";

    public Task<bool> CanAsync(VolumeSource volume, CancellationToken cancellation) =>
        Task.FromResult(volume is VolumeSource.Logical { IsThin: true } && programs.Find("lvcreate") is not null);

    public string NameOf(VolumeSource volume, string stem) => volume is VolumeSource.Logical logical ? $"{logical.Group}/snap_{logical.Name}_{stem}" : throw new InvalidOperationException();

    public async Task TakeAsync(VolumeSource volume, string snapshot, CancellationToken cancellation)
    {
        var logical = (VolumeSource.Logical)volume;
        await programs.DoAsync(new HostCommand("lvcreate", "-n", snapshot.Split('/')[^1], "-pr", "-s", $"{logical.Group}/{logical.Name}"), cancellation);
    }

    public async Task MountAsync(VolumeSource volume, string snapshot, PrivateMounts mounts, string folder, CancellationToken cancellation)
    {
        // LVM leaves thin snapshots asleep, and wakes them only when told twice.
        await programs.DoAsync(new HostCommand("lvchange", "-ay", "-K", snapshot), cancellation);
        await ImageMounting.MountDeviceAsync(programs, $"/dev/{snapshot}", mounts, folder, cancellation);
    }

    public async Task RemoveAsync(string snapshot, CancellationToken cancellation)
    {
        if (snapshot.Split('/') is not [{ Length: > 0 }, var name] || !name.StartsWith("snap_", StringComparison.Ordinal) || !name.Contains("_vzdump-lxc-", StringComparison.Ordinal))
        {
            throw new ProblemException($"'{snapshot}' is no snapshot that a backup made; it is left alone.");
        }

        var removal = await programs.RunAsync(new HostCommand("lvremove", "-f", snapshot), cancellation);
        // e.g. Failed to find logical volume "pve/snap_vm-101-disk-0_vzdump-lxc-101-…"
        if (!removal.Exit.Succeeded && !removal.ErrorOutput.Contains("Failed to find logical volume", StringComparison.Ordinal))
        {
            throw new ProblemException($"lvremove {snapshot}: {removal.Complaint}");
        }
    }

    public async Task<IReadOnlyList<string>> LeftoversAsync(VolumeSource volume, GuestId guest, CancellationToken cancellation)
    {
        var logical = (VolumeSource.Logical)volume;
        // e.g. "  snap_vm-101-disk-0_vzdump-lxc-101-2026_11_22-03_00_01"
        var list = await programs.RunAsync(new HostCommand("lvs", "--noheadings", "-o", "lv_name", logical.Group), cancellation);
        return
        [
            .. list.Output.Split('\n', StringSplitOptions.TrimEntries)
                .Where(name => name.StartsWith($"snap_{logical.Name}_{SnapshotName.StemOf(guest)}", StringComparison.Ordinal)).Select(name => $"{logical.Group}/{name}"),
        ];
    }
}
