using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Restores;

namespace VzDump.Tests.Engine.Restores;

public sealed class TrialConfigTests
{
    private static readonly TrialMark Mark = new(Guid.Parse("01a0b1c2-0000-7000-8000-000000000001"));

    [Fact]
    public void Of_a_container_only_what_it_needs_to_come_up_is_kept()
    {
        var text = Of(GuestKind.Lxc, "/etc/pve/lxc/900000.conf", """
            #vzdump-web restore test 01a0b1c2-0000-7000-8000-00000000ffff
            # a description
            arch: amd64
            cores: 2
            features: nesting=1,mount=nfs;cifs,mknod=1,keyctl=1
            hostname: restore-test-101
            memory: 4096
            net0: name=eth0,bridge=vmbr0
            onboot: 1
            startup: order=1
            protection: 1
            template: 1
            hookscript: local:snippets/x
            dev0: /dev/kvm
            rootfs: local:900000/subvol-900000-disk-0.subvol,size=0T
            mp0: /srv/host,mp=/srv
            mp1: local:101/vm-101-disk-1.raw,mp=/stolen
            unprivileged: 1
            lxc.idmap: u 0 100000 65536
            lxc.mount.entry: /srv srv none bind 0 0
            lxc.hook.pre-start: /x
            lxc.cgroup2.devices.allow: a
            lxc.apparmor.profile: unconfined
            lxc.net.0.type: none
            """, memoryCap: 1024, new NewVolume("rootfs", "local:900000/subvol-900000-disk-0.subvol", "/x", VolumeForm.Folder, 0), new NewVolume("mp1", "local:900000/vm-900000-disk-1.raw", "/y", VolumeForm.RawImage, 1));

        Assert.Equal(
            """
            #vzdump-web restore test 01a0b1c2-0000-7000-8000-000000000001
            arch: amd64
            cores: 2
            features: nesting=1,keyctl=1
            hostname: restore-test-101
            memory: 1024
            rootfs: local:900000/subvol-900000-disk-0.subvol,size=0T
            unprivileged: 1
            lxc.idmap: u 0 100000 65536

            """,
            text);
    }

    [Fact]
    public void A_machine_has_the_mark_as_its_identity_and_no_more_processors_than_the_host()
    {
        var volume = new NewVolume("scsi0", "local:900000/vm-900000-disk-0.raw", "/x", VolumeForm.RawImage, 1);
        var text = Of(GuestKind.Qemu, "/etc/pve/qemu-server/900000.conf", $"cores: {Environment.ProcessorCount}\nsockets: 2\nvcpus: 9\nnuma: 1\nhotplug: memory\nscsi0: {volume.Id},size=1M\nscsi1: {volume.Id}.other,size=1M\nsmbios1: uuid=11111111-2222-3333-4444-555555555555,base64=1\n", 4096, volume);

        Assert.Equal($"{Mark.Line}\nscsi0: {volume.Id},size=1M\nsmbios1: uuid={Mark.Id},base64=1\ncores: {Environment.ProcessorCount}\n", text);
        Assert.Contains($"smbios1: uuid={Mark.Id}\n", Of(GuestKind.Qemu, "/etc/pve/qemu-server/900000.conf", "name: x\n", 4096), StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_is_known_by_its_own_mark_alone()
    {
        Assert.True(Mark.IsIn($"name: x\n{Mark.Line}\n"));
        Assert.False(Mark.IsIn($"{new TrialMark(Guid.NewGuid()).Line}\n"));
        Assert.True(Mark.IsIn(["-uuid", $"{Mark.Id}"]));
        Assert.False(Mark.IsIn(["-uuid", $"{Guid.NewGuid()}"]));
    }

    private static string Of(GuestKind kind, string path, string config, int memoryCap, params IReadOnlyList<NewVolume> volumes) => new TrialConfig(
        new RestorePlan { Request = new RestoreRequest { ArchivePath = "/a", Target = GuestId.Parse("900000") }, Kind = kind, Name = "x", Config = config, ConfigPath = path, Volumes = volumes },
        Mark,
        memoryCap).Text();
}
