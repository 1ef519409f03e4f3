using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;

namespace VzDump.Tests.Engine.Guests;

public sealed class ContainerVolumesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Root_and_volumes_with_backup_are_in_and_every_decision_has_its_reason()
    {
        var plan = await ProxmoxAsync("""
            rootfs: dir:101/vm-101-disk-0.raw,size=8G
            mp10: dir:101/subvol-101-disk-9.subvol,mp=/srv/late,backup=1
            mp0: thin:vm-101-disk-1,mp=/srv/data/,backup=1,size=8G
            mp1: /host/folder,mp=/mnt/host,backup=1
            mp2: /dev/sdb1,mp=/mnt/disk
            mp3: zfs:subvol-101-disk-2,mp=/scratch,size=1G
            unused0: dir:101/old.raw
            [snapshot]
            mp4: dir:101/then.raw,mp=/then,backup=1
            """);

        Assert.Equal(
            [
                "including mount point rootfs ('/') in backup",
                "including mount point mp0 ('/srv/data') in backup",
                "excluding bind mount point mp1 ('/mnt/host') from backup (not a volume)",
                "excluding device mount point mp2 ('/mnt/disk') from backup (not a volume)",
                "excluding volume mount point mp3 ('/scratch') from backup (disabled)",
                "including mount point mp10 ('/srv/late') in backup",
            ],
            plan.Decisions.Select(decision => decision.LogLine));
        Assert.Equal(["/", "/srv/data", "/srv/late"], plan.Volumes.Select(volume => volume.Inside));
    }

    [Fact]
    public async Task A_volume_is_found_on_every_type_of_storage()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "btrfs/images/101/vm-101-disk-0"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "btrfs/images/101/vm-101-disk-0/disk.raw"), "", Cancellation);

        Assert.Equal(new VolumeSource.Image($"{_folder}/dir/images/101/vm-101-disk-0.raw"), await SourceAsync("dir:101/vm-101-disk-0.raw"));
        Assert.Equal(new VolumeSource.Folder($"{_folder}/dir/images/101/subvol-101-disk-0.subvol"), await SourceAsync("dir:101/subvol-101-disk-0.subvol"));
        Assert.Equal(new VolumeSource.Image($"{_folder}/btrfs/images/101/vm-101-disk-0/disk.raw"), await SourceAsync("btr:101/vm-101-disk-0.raw"));
        Assert.Equal(new VolumeSource.Folder($"{_folder}/btrfs/images/101/subvol-101-disk-0.subvol"), await SourceAsync("btr:101/subvol-101-disk-0.subvol"));
        Assert.Equal(new VolumeSource.Dataset("rpool/data/subvol-101-disk-0", "/rpool/data/subvol-101-disk-0"), await SourceAsync("zfs:subvol-101-disk-0"));
        Assert.Equal(new VolumeSource.Dataset("tank/ct/subvol-101-disk-0", "/mnt/ct/subvol-101-disk-0"), await SourceAsync("zfs2:subvol-101-disk-0"));
        Assert.Equal(new VolumeSource.Logical("pve", "vm-101-disk-0", IsThin: true), await SourceAsync("thin:vm-101-disk-0"));
        Assert.Equal(new VolumeSource.Logical("vg", "vm-101-disk-0", IsThin: false), await SourceAsync("thick:vm-101-disk-0"));
        Assert.Equal(new VolumeSource.Folder("/srv/root"), await SourceAsync("/srv/root"));
    }

    [Theory]
    [InlineData("rootfs: rbd:vm-101-disk-0", "storage of type 'rbd'")]
    [InlineData("rootfs: thin:../../etc", "is no volume")]
    [InlineData("rootfs: thin:-rf", "is no volume")]
    [InlineData("rootfs: thin:a b", "is no volume")]
    [InlineData("rootfs: none:101/x.raw", "no storage 'none'")]
    [InlineData("rootfs: dir:101/vm-101-disk-0.qcow2", "no raw image")]
    [InlineData("hostname: web", "has no 'rootfs'")]
    [InlineData("rootfs: dir:101/a.raw\nmp0: dir:101/b.raw,backup=1", "has no folder")]
    [InlineData("rootfs: dir:101/a.raw\nmp0: dir:101/b.raw,mp=/srv/../etc,backup=1", "has no folder")]
    public async Task What_cannot_be_read_is_refused_with_a_reason(string config, string reason) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<ProblemException>(() => ProxmoxAsync(config))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plain_LXC_container_has_its_root_and_mounts_of_the_host_which_stay_out()
    {
        var plan = Native("""
            lxc.rootfs.path = overlay:/srv/base:/srv/delta
            lxc.idmap = u 0 100000 65536
            lxc.mount.entry = /srv/data srv/data none bind,create=dir 0 0
            lxc.mount.entry = /dev/net/tun dev/net/tun none bind,create=file 0 0
            lxc.mount.entry = proc proc proc nodev 0 0
            """);

        Assert.Equal(new VolumeSource.Overlay("/srv/base", "/srv/delta"), Assert.Single(plan.Volumes).Source);
        Assert.Equal(
            [("rootfs", "/", true), ("lxc.mount.entry", "/srv/data", false), ("lxc.mount.entry", "/dev/net/tun", false)],
            plan.Decisions.Select(decision => (decision.Key, decision.Inside, decision.IsIncluded)));
        Assert.Equal("excluding device mount point lxc.mount.entry ('/dev/net/tun') from backup (not a volume)", plan.Decisions[2].LogLine);
        Assert.Single(plan.IdMapOnDisk);
    }

    [Fact]
    public void Volumes_that_are_mapped_while_they_are_mounted_hold_the_containers_own_ids()
    {
        var plan = Native("lxc.rootfs.path = dir:/srv/root\nlxc.rootfs.options = idmap=container\nlxc.idmap = b 0 100000 65536\n");

        Assert.Empty(plan.IdMapOnDisk);
        Assert.Single(plan.IdMap);
    }

    [Theory]
    [InlineData("dir:/srv/root")]
    [InlineData("btrfs:/srv/root")]
    [InlineData("/srv/root")]
    public void Roots_that_are_folders_are_known(string path) => Assert.Equal(new VolumeSource.Folder("/srv/root"), Native($"lxc.rootfs.path = {path}\n").Volumes[0].Source);

    [Fact]
    public void Images_datasets_and_logical_volumes_of_LXC_are_known()
    {
        Assert.Equal(new VolumeSource.Image("/srv/root.img"), Native("lxc.rootfs.path = loop:/srv/root.img\n").Volumes[0].Source);
        Assert.Equal(new VolumeSource.Dataset("tank/web", "/var/lib/lxc/web/rootfs"), Native("lxc.rootfs.path = zfs:tank/web\n").Volumes[0].Source);
        Assert.Equal(new VolumeSource.Logical("lxc", "web", IsThin: false), Native("lxc.rootfs.path = lvm:/dev/lxc/web\n").Volumes[0].Source);
        Assert.Contains("cannot be archived", Assert.Throws<ProblemException>(() => Native("lxc.rootfs.path = nbd:/srv/x\n")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ContainerPlan Native(string config) =>
        NativeVolumes.Plan(GuestConfig.Parse(config), new Guest { Id = GuestId.Parse("101"), Kind = GuestKind.Lxc, Name = "web", ConfigPath = "/var/lib/lxc/web/config", LxcPath = "/var/lib/lxc" });

    private async Task<VolumeSource> SourceAsync(string volume) => (await ProxmoxAsync($"rootfs: {volume}\n")).Volumes[0].Source;

    private async Task<ContainerPlan> ProxmoxAsync(string config)
    {
        var storages = Path.Combine(_folder, "storage.cfg");
        await File.WriteAllTextAsync(storages, $"""
            dir: dir
            	path {_folder}/dir
            btrfs: btr
            	path {_folder}/btrfs
            zfspool: zfs
            	pool rpool/data
            zfspool: zfs2
            	pool tank/ct
            	mountpoint /mnt/ct
            lvmthin: thin
            	vgname pve
            	thinpool data
            lvm: thick
            	vgname vg
            rbd: rbd
            	pool ceph
            """, Cancellation);
        return ProxmoxVolumes.Plan(GuestConfig.Parse(config), new Guest { Id = GuestId.Parse("101"), Kind = GuestKind.Lxc, Name = "web", ConfigPath = "/etc/pve/lxc/101.conf" }, await StorageConfig.ReadAsync(storages, Cancellation));
    }
}
