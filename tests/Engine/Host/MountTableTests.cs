using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

public sealed class MountTableTests
{
    [Fact]
    public void A_line_of_the_kernel_is_read_whatever_optional_fields_it_has()
    {
        Assert.Equal(
            new MountEntry("98:0", "/root", "/mnt/my disk", "ext3", "/dev/sdb1", "rw,errors=continue"),
            MountTable.Parse(@"36 35 98:0 /root /mnt/my\040disk rw,noatime master:1 shared:7 - ext3 /dev/sdb1 rw,errors=continue"));
        Assert.Equal(
            new MountEntry("0:31", "/", "/sys/fs/cgroup/freezer", "cgroup", "cgroup", "rw,freezer"),
            MountTable.Parse("44 43 0:31 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer"));
        Assert.Equal("/a\\b\nc", MountTable.Parse(@"1 2 0:1 / /a\134b\012c rw - tmpfs none rw").Folder);
    }

    [Fact]
    public void Our_own_mounts_have_a_root() => Assert.Contains(MountTable.Read(), mount => mount.Folder == "/");
}
