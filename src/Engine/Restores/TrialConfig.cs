using System.Globalization;
using System.Text;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;
using VzDump.Engine.Guests.Trials;

namespace VzDump.Engine.Restores;

/// <summary>
/// The configuration of a guest that is only tried. Of what the archive says only lines stay that the guest needs to come up, each of a known
/// kind: no network, no device or folder of the host, no program of the host, no start by itself. All else, comments too, is dropped.
/// </summary>
/// <param name="memoryCap">In MiB: more the guest does not get.</param>
internal sealed class TrialConfig(RestorePlan plan, TrialMark mark, int memoryCap)
{
    private const int LeastMemory = 128;

    private static readonly HashSet<string> OfMachine =
    [
        "acpi", "agent", "arch", "bios", "boot", "bootdisk", "cpu", "cpulimit", "cpuunits", "kvm", "localtime", "machine", "name", "ostype", "scsihw", "tablet", "vga", "vmgenid",
    ];

    private static readonly HashSet<string> OfContainer =
    [
        "arch", "cmode", "console", "cores", "cpulimit", "cpuunits", "entrypoint", "env", "hostname", "ostype", "swap", "timezone", "tty", "unprivileged",
        "lxc.arch", "lxc.uts.name", "lxc.idmap", "lxc.cap.drop", "lxc.init.cmd", "lxc.init.cwd", "lxc.environment", "lxc.signal.halt", "lxc.signal.reboot", "lxc.signal.stop", "lxc.tty.max", "lxc.pty.max", "lxc.autodev",
    ];

    private static readonly string[] HarmlessFeatures = ["nesting", "keyctl", "fuse"];

    /// <summary>Sentences about what it has less of than the guest itself.</summary>
    public List<string> Said { get; } = [];

    public string Text()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{mark.Line}\n");
        var isNative = Path.GetFileName(plan.ConfigPath) is "config";
        foreach (var (key, value) in GuestConfig.Parse(plan.Config).Entries)
        {
            if ((plan.Kind is GuestKind.Qemu ? Machine(key, value) : isNative ? Native(key, value) : Container(key, value)) is { } kept)
            {
                text.Append(CultureInfo.InvariantCulture, $"{key}{(isNative ? " = " : ": ")}{kept}\n");
            }
        }

        return text.Append(
            plan.Kind is GuestKind.Qemu ? (HasManyCores ? $"cores: {Environment.ProcessorCount}\n" : "") + (GuestConfig.Parse(plan.Config).Value("smbios1") is null ? $"smbios1: uuid={mark.Id:D}\n" : "")
            : isNative ? "lxc.net.0.type = empty\n" // without any line LXC might give it the host's own network
            : "").ToString();
    }

    // More than the host has no machine gets: Proxmox VE refuses to start it.
    private bool HasManyCores => Number("cores") * Number("sockets") > Environment.ProcessorCount;

    private long Number(string key) => uint.TryParse(GuestConfig.Parse(plan.Config).Value(key) ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;

    private string? Machine(string key, string value) => key switch
    {
        _ when OfMachine.Contains(key) => value,
        "cores" or "sockets" => HasManyCores ? null : value,
        "memory" => Capped(PropertyString.Parse(value, "current").Volume),
        "smbios1" => string.Join(',', value.Split(',').Where(part => part.Length > 0 && !part.StartsWith("uuid=", StringComparison.Ordinal)).Prepend($"uuid={mark.Id:D}")),
        _ when QemuDrive.Number(key, "serial") is not null && value == "socket" => value,
        _ when Volume(key) is { } volume => PropertyString.Parse(value, "file").Volume == volume.Id ? value : null,
        _ when QemuDrive.IsDrive(key) && MachineDisc.IsDisc(key, value) => "none,media=cdrom",
        _ => null,
    };

    private string? Container(string key, string value) => key switch
    {
        _ when OfContainer.Contains(key) => value,
        "memory" => Capped(value),
        "features" => string.Join(',', value.Split(',', StringSplitOptions.TrimEntries).Where(feature => HarmlessFeatures.Contains(feature.Split('=')[0]))) is { Length: > 0 } features ? features : null,
        _ when Volume(key) is { } volume => PropertyString.Parse(value, "volume").Volume == volume.Id ? value : null,
        _ => null,
    };

    private string? Native(string key, string value) => key switch
    {
        "lxc.rootfs.path" => value == plan.Volumes[0].Id ? value : null,
        "lxc.include" or "lxc.mount.auto" => LxcLines.IsHarmless(key, value) ? value : null,
        _ when OfContainer.Contains(key) || IsLimit(key) => value,
        _ => null,
    };

    private static bool IsLimit(string key) => key is "lxc.cgroup2.memory.max" or "lxc.cgroup.memory.limit_in_bytes" or "lxc.cgroup2.cpu.max" or "lxc.cgroup.cpu.cfs_quota_us" or "lxc.cgroup2.pids.max" or "lxc.cgroup.pids.max";

    private NewVolume? Volume(string key) => plan.Volumes.FirstOrDefault(volume => volume.Key == key);

    private string Capped(string value)
    {
        var cap = Math.Max(LeastMemory, memoryCap);
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var memory) || memory <= cap)
        {
            return value;
        }

        Said.Add($"the guest has {memory} MiB of memory, of which the test gets {cap} MiB: the host has no more to spare");
        return cap.ToString(CultureInfo.InvariantCulture);
    }
}
