using System.Globalization;
using System.Security.Cryptography;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Restores;

/// <summary>
/// Lines of LXC's own configuration that come out of an archive, which anybody may have written. LXC runs hooks as the host's root and mounts
/// what it is told to, so only lines that stay inside the container are taken over; those that the replaced container has already are too.
/// </summary>
internal static class LxcLines
{
    private static readonly string[] Harmless =
    [
        "lxc.arch", "lxc.uts.name", "lxc.utsname", "lxc.signal.", "lxc.idmap", "lxc.tty.max", "lxc.pty.max", "lxc.cap.drop", "lxc.prlimit.", "lxc.environment",
        "lxc.init.cmd", "lxc.init.cwd", "lxc.init.uid", "lxc.init.gid", "lxc.execute.cmd", "lxc.start.", "lxc.group", "lxc.cgroup.memory.", "lxc.cgroup2.memory.",
        "lxc.cgroup.cpu", "lxc.cgroup2.cpu", "lxc.cgroup.pids.", "lxc.cgroup2.pids.", "lxc.cgroup.blkio.", "lxc.cgroup2.io.", "lxc.autodev", "lxc.monitor.unshare",
    ];

    private static readonly string[] HarmlessOfNet = ["type", "link", "flags", "name", "hwaddr", "mtu", "ipv4.address", "ipv4.gateway", "ipv6.address", "ipv6.gateway", "veth.mode", "vlan.id"];

    /// <summary>Key and value, or null for what is none.</summary>
    public static (string Key, string Value)? Split(string line)
    {
        // e.g. lxc.net.0.type = veth
        var at = line.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && !line.TrimStart().StartsWith('#') ? (line[..at].Trim(), line[(at + 1)..].Trim()) : null;
    }

    public static bool IsHarmless(string key, string value) =>
        Harmless.Any(known => known.EndsWith('.') || known.EndsWith("cpu", StringComparison.Ordinal) ? key.StartsWith(known, StringComparison.Ordinal) : key == known)
        || (key is "lxc.include" && value.StartsWith("/usr/share/lxc/config/", StringComparison.Ordinal) && !value.Contains("..", StringComparison.Ordinal))
        || (key is "lxc.mount.auto" && !value.Contains("rw", StringComparison.Ordinal))
        || (key.Split('.', 4) is ["lxc", "net", var number, var rest] && number.All(char.IsAsciiDigit) && HarmlessOfNet.Contains(rest));

    /// <summary>A MAC address that nobody was given: locally administered, one host.</summary>
    public static string NewMacAddress()
    {
        var bytes = RandomNumberGenerator.GetBytes(6);
        bytes[0] = (byte)((bytes[0] | 2) & ~1);
        return string.Join(':', bytes.Select(part => part.ToString("X2", CultureInfo.InvariantCulture)));
    }

    /// <summary>The usual range of an unprivileged container.</summary>
    public static IReadOnlyList<IdMapping> UsualMap { get; } = [new('u', 0, 100000, 65536), new('g', 0, 100000, 65536)];
}
