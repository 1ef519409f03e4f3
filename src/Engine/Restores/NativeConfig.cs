using System.Globalization;
using System.Text;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Restores;

/// <summary>The configuration of a plain LXC container that an archive becomes.</summary>
internal static class NativeConfig
{
    private const string CommonInclude = "/usr/share/lxc/config/common.conf";

    /// <param name="replaced">Configuration of the container that is replaced; its own lines are trusted.</param>
    /// <param name="map">How the new container sees its ids; empty for a privileged one.</param>
    /// <returns>The configuration, and sentences about lines that were left out.</returns>
    public static (string Config, IReadOnlyList<string> Warnings) Make(
        string native, string? replaced, string root, string name, RestoreRequest request, IReadOnlyList<IdMapping> map)
    {
        var trusted = (replaced ?? "").Split('\n').Select(LxcLines.Split).OfType<(string, string)>().ToHashSet();
        var text = new StringBuilder();
        var warnings = new List<string>();
        foreach (var line in native.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (LxcLines.Split(line) is not { } entry)
            {
                // Comments stay; what is neither comment nor setting LXC would refuse.
                text.Append(line.StartsWith('#') ? $"{line}\n" : "");
                continue;
            }

            var (key, value) = entry;
            if (key is "lxc.rootfs.path" or "lxc.rootfs" or "lxc.uts.name" or "lxc.utsname" or "lxc.idmap" or "lxc.id_map" || Overridden(key, request))
            {
                continue;
            }

            if (!trusted.Contains(entry) && !LxcLines.IsHarmless(key, value))
            {
                warnings.Add($"The archive's line '{key} = {value}' reaches outside the container and is left out; it stands as a comment in {name}'s configuration.");
                text.Append(CultureInfo.InvariantCulture, $"# left out by the restore: {line}\n");
                continue;
            }

            var isMac = request.Unique && key.StartsWith("lxc.net.", StringComparison.Ordinal) && key.EndsWith(".hwaddr", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"{key} = {(isMac ? LxcLines.NewMacAddress() : value)}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"lxc.uts.name = {name}\nlxc.rootfs.path = dir:{root}\n");
        foreach (var range in map)
        {
            text.Append(CultureInfo.InvariantCulture, $"lxc.idmap = {range.Kind} {range.Inside} {range.Outside} {range.Count}\n");
        }

        if (request.Memory is { } memory)
        {
            text.Append(CultureInfo.InvariantCulture, $"{MemoryKey} = {(long)memory * 1024 * 1024}\n");
        }

        if (request.Cores is { } cores)
        {
            text.Append(UnifiedCgroups ? $"lxc.cgroup2.cpu.max = {cores * 100000} 100000\n" : $"lxc.cgroup.cpu.cfs_quota_us = {cores * 100000}\n");
        }

        return (text.ToString(), warnings);
    }

    /// <summary>Says in LXC's words what a container of a Proxmox VE host is.</summary>
    public static string FromProxmox(GuestConfig config)
    {
        var text = new StringBuilder();
        if (File.Exists(CommonInclude))
        {
            text.Append(CultureInfo.InvariantCulture, $"lxc.include = {CommonInclude}\n");
        }

        text.Append(config.Value("arch") switch { "i386" => "lxc.arch = i686\n", "arm64" => "lxc.arch = aarch64\n", _ => "lxc.arch = x86_64\n" });
        foreach (var (key, value) in config.Entries)
        {
            if (key.StartsWith("net", StringComparison.Ordinal) && int.TryParse(key.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                AddNet(text, number, PropertyString.Parse(value, "type"));
            }
            else if (key == "memory")
            {
                text.Append(CultureInfo.InvariantCulture, $"{MemoryKey} = {value}M\n");
            }
            else if (key.StartsWith("lxc.", StringComparison.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
            }
        }

        return text.ToString();
    }

    private static string MemoryKey => UnifiedCgroups ? "lxc.cgroup2.memory.max" : "lxc.cgroup.memory.limit_in_bytes";

    private static bool UnifiedCgroups => File.Exists("/sys/fs/cgroup/cgroup.controllers");

    private static bool Overridden(string key, RestoreRequest request) =>
        (request.Memory is not null && key is "lxc.cgroup2.memory.max" or "lxc.cgroup.memory.limit_in_bytes")
        || (request.Cores is not null && key is "lxc.cgroup2.cpu.max" or "lxc.cgroup.cpu.cfs_quota_us");

    // e.g. name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=192.168.1.5/24,gw=192.168.1.1
    private static void AddNet(StringBuilder text, int number, PropertyString net)
    {
        var bridge = net["bridge"] is { } name && Directory.Exists(Path.Combine("/sys/class/net", Path.GetFileName(name))) ? name : null;
        text.Append(CultureInfo.InvariantCulture, $"lxc.net.{number}.type = {(bridge is null ? "empty" : "veth")}\n");
        if (bridge is null)
        {
            return;
        }

        Line("link", bridge);
        Line("flags", "up");
        Line("name", net["name"]);
        Line("hwaddr", net["hwaddr"]);
        Line("ipv4.address", net["ip"] is "dhcp" or "manual" ? null : net["ip"]);
        Line("ipv4.gateway", net["gw"]);

        void Line(string key, string? value) => text.Append(value is null ? "" : string.Create(CultureInfo.InvariantCulture, $"lxc.net.{number}.{key} = {value}\n"));
    }
}
