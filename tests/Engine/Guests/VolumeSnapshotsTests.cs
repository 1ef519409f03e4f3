using VzDump.Engine;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Guests;

/// <summary>ZFS and LVM by the exact commands that are given to them: programs that write down how they were called stand in their place.</summary>
public sealed class VolumeSnapshotsTests : IDisposable
{
    private const string Stem = "vzdump-lxc-101-2026_11_22-03_00_01";
    private static readonly VolumeSource Dataset = new VolumeSource.Dataset("rpool/data/subvol-101-disk-0", "/rpool/data/subvol-101-disk-0");
    private static readonly VolumeSource Thin = new VolumeSource.Logical("pve", "vm-101-disk-0", IsThin: true);
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HostPrograms Programs => new([_folder, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);

    [Fact]
    public async Task A_dataset_is_cut_mounted_and_freed_by_zfs()
    {
        Fake("zfs");
        var snapshots = new ZfsSnapshots(Programs);
        Assert.True(await snapshots.CanAsync(Dataset, Cancellation));
        Assert.False(await snapshots.CanAsync(Thin, Cancellation));
        var name = snapshots.NameOf(Dataset, Stem);

        await snapshots.TakeAsync(Dataset, name, Cancellation);
        await snapshots.RemoveAsync(name, Cancellation);

        Assert.Equal([$"zfs snapshot rpool/data/subvol-101-disk-0@{Stem}", $"zfs destroy rpool/data/subvol-101-disk-0@{Stem}"], Calls());
    }

    [Fact]
    public async Task A_thin_volume_is_cut_and_freed_by_LVM()
    {
        Fake("lvcreate");
        Fake("lvremove");
        var snapshots = new ThinSnapshots(Programs);
        Assert.True(await snapshots.CanAsync(Thin, Cancellation));
        Assert.False(await snapshots.CanAsync(new VolumeSource.Logical("vg", "vm-101-disk-0", IsThin: false), Cancellation));
        var name = snapshots.NameOf(Thin, Stem);

        await snapshots.TakeAsync(Thin, name, Cancellation);
        await snapshots.RemoveAsync(name, Cancellation);

        Assert.Equal([$"lvcreate -n snap_vm-101-disk-0_{Stem} -pr -s pve/vm-101-disk-0", $"lvremove -f pve/snap_vm-101-disk-0_{Stem}"], Calls());
    }

    [Fact]
    public async Task Snapshots_are_mounted_read_only_by_zfs_and_by_LVM_once_awake()
    {
        Assert.SkipUnless(HostUser.IsRoot, "only root has private mounts");
        Fake("lvchange");
        Fake("blkid", "echo ext4");
        // Within the private mounts programs are those of PATH; what mount would be told shows in its complaint about a source that is not there.
        await using var mounts = await PrivateMounts.OpenAsync(new HostPrograms(), Cancellation);

        var zfs = await Assert.ThrowsAsync<ProblemException>(() => new ZfsSnapshots(Programs).MountAsync(Dataset, $"tank/none@{Stem}", mounts, PrivateMounts.Root, Cancellation));
        var lvm = await Assert.ThrowsAsync<ProblemException>(() => new ThinSnapshots(Programs).MountAsync(Thin, $"none/snap_x_{Stem}", mounts, PrivateMounts.Root, Cancellation));

        Assert.Contains("zfs", zfs.Message, StringComparison.Ordinal);
        Assert.Contains($"/dev/none/snap_x_{Stem}", lvm.Message, StringComparison.Ordinal);
        Assert.Equal([$"lvchange -ay -K none/snap_x_{Stem}", $"blkid -p -o value -s TYPE /dev/none/snap_x_{Stem}"], Calls());
    }

    [Fact]
    public async Task What_a_dead_run_left_is_found_by_its_name_and_nothing_else()
    {
        Fake("zfs", $"echo rpool/data/subvol-101-disk-0@{Stem}; echo rpool/data/subvol-101-disk-0@daily; echo rpool/data/subvol-101-disk-0@vzdump-lxc-1019-x");
        Fake("lvs", $"echo '  vm-101-disk-0'; echo '  snap_vm-101-disk-0_{Stem}'; echo '  snap_vm-101-disk-0_mine'; echo '  snap_vm-101-disk-01_{Stem}'");

        Assert.Equal([$"rpool/data/subvol-101-disk-0@{Stem}"], await new ZfsSnapshots(Programs).LeftoversAsync(Dataset, GuestId.Parse("101"), Cancellation));
        Assert.Equal([$"pve/snap_vm-101-disk-0_{Stem}"], await new ThinSnapshots(Programs).LeftoversAsync(Thin, GuestId.Parse("101"), Cancellation));
        Assert.Equal(["zfs list -H -t snapshot -o name -d 1 rpool/data/subvol-101-disk-0", "lvs --noheadings -o lv_name pve"], Calls());
    }

    [Theory]
    [InlineData("zfs-snapshot", "rpool/data/subvol-101-disk-0")]
    [InlineData("zfs-snapshot", "rpool/data/subvol-101-disk-0@daily")]
    [InlineData("zfs-snapshot", "@vzdump-lxc-101-x")]
    [InlineData("lvm-snapshot", "pve/vm-101-disk-0")]
    [InlineData("lvm-snapshot", "pve")]
    [InlineData("lvm-snapshot", "pve/snap_vm-101-disk-0_mine")]
    [InlineData("btrfs-snapshot", "/srv/images/101/subvol-101-disk-0.subvol")]
    [InlineData("btrfs-snapshot", "/srv/x@vzdump-lxc-101-x/../guest")]
    [InlineData("image-clone", "/srv/images/101/vm-101-disk-0.raw")]
    public async Task A_note_that_names_anything_but_a_backups_snapshot_removes_nothing(string what, string name)
    {
        Fake("zfs");
        Fake("lvremove");
        Fake("btrfs");

        await Assert.ThrowsAsync<ProblemException>(() => new ContainerSnapshots(Programs).RemoveAsync(new GuestTrace(what, name), Cancellation));

        Assert.Empty(Calls());
    }

    [Fact]
    public async Task A_snapshot_that_is_gone_already_is_fine_and_one_that_stays_is_told()
    {
        Fake("zfs", "echo \"cannot destroy 'x': dataset is busy\" >&2; exit 1");
        Fake("lvremove", "echo 'Failed to find logical volume \"pve/x\"' >&2; exit 5");

        Assert.Contains("dataset is busy", (await Assert.ThrowsAsync<ProblemException>(() => new ZfsSnapshots(Programs).RemoveAsync($"tank/x@{Stem}", Cancellation))).Message, StringComparison.Ordinal);
        await new ThinSnapshots(Programs).RemoveAsync($"pve/snap_x_{Stem}", Cancellation);
        await new BtrfsSnapshots(Programs).RemoveAsync($"{_folder}/gone@{Stem}", Cancellation);
        await new ImageClones(Programs).RemoveAsync($"{_folder}/gone.raw@{Stem}", Cancellation);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IReadOnlyList<string> Calls() => File.Exists(Path.Combine(_folder, "calls")) ? File.ReadAllLines(Path.Combine(_folder, "calls")) : [];

    private void Fake(string program, string answer = "")
    {
        var path = Path.Combine(_folder, program);
        File.WriteAllText(path, $"#!/bin/sh\necho {program} \"$@\" >> {_folder}/calls\n{answer}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }
}
