using System.Text.RegularExpressions;
using VzDump.Engine.Guests.Qemu;

namespace VzDump.Engine.Restores;

/// <summary>
/// Lines of a machine's configuration that come out of an archive, which anybody may have written. Some hand the host's devices, files or
/// programs to the machine; only lines that are known not to are taken over.
/// </summary>
internal static partial class MachineLines
{
    private static readonly HashSet<string> Harmless =
    [
        "acpi", "affinity", "agent", "allow-ksm", "amd-sev", "arch", "autostart", "balloon", "bios", "boot", "bootdisk", "cipassword", "citype", "ciupgrade", "ciuser",
        "cores", "cpu", "cpulimit", "cpuunits", "description", "digest", "freeze", "hotplug", "hugepages", "intel-tdx", "keephugepages", "keyboard", "kvm", "localtime",
        "machine", "memory", "meta", "migrate_downtime", "migrate_speed", "name", "nameserver", "numa", "onboot", "ostype", "protection", "reboot", "scsihw",
        "searchdomain", "shares", "smbios1", "smp", "sockets", "spice_enhancements", "sshkeys", "startdate", "startup", "tablet", "tags", "tdf", "template", "vcpus", "vga",
        "vmgenid", "vmstatestorage", "watchdog",
    ];

    private static readonly string[] HarmlessNumbered = ["net", "ipconfig", "numa", "audio"];

    private static readonly HashSet<string> DriveOptions =
    [
        "aio", "backup", "bps", "bps_max_length", "bps_rd", "bps_rd_max_length", "bps_wr", "bps_wr_max_length", "cache", "cyls", "detect_zeroes", "discard", "efitype", "heads",
        "iops", "iops_max", "iops_max_length", "iops_rd", "iops_rd_max", "iops_rd_max_length", "iops_wr", "iops_wr_max", "iops_wr_max_length", "iothread", "mbps", "mbps_max",
        "mbps_rd", "mbps_rd_max", "mbps_wr", "mbps_wr_max", "media", "model", "ms-cert", "pre-enrolled-keys", "product", "queues", "replicate", "rerror", "ro", "scsiblock",
        "secs", "serial", "shared", "snapshot", "ssd", "trans", "vendor", "version", "werror", "wwn",
    ];

    /// <summary>Whether an option of a drive is known; one that is not may name a file.</summary>
    public static bool IsDriveOption(string option) => DriveOptions.Contains(option);

    /// <summary>Whether a line that is no drive stays inside the machine.</summary>
    public static bool IsHarmless(string key, string value) =>
        Harmless.Contains(key)
        || Array.Exists(HarmlessNumbered, prefix => QemuDrive.Number(key, prefix) is not null)
        || (QemuDrive.Number(key, "serial") is not null && value == "socket")
        || (QemuDrive.Number(key, "usb") is not null && value.Split(',') is ["spice" or "host=spice", .. var rest] && rest.All(option => option.StartsWith("usb3=", StringComparison.Ordinal)))
        || (key is "rng0" && RandomSource().IsMatch(value));

    /// <summary>A network card with another MAC address, e.g. <c>virtio=BC:24:11:00:00:01,bridge=vmbr0</c> or <c>model=virtio,macaddr=…</c>.</summary>
    public static string WithNewMac(string value) => MacAddress().Replace(value, _ => LxcLines.NewMacAddress(), count: 1);

    /// <summary>A machine's identity with another uuid, e.g. <c>uuid=…,manufacturer=QWNtZQ==,base64=1</c>.</summary>
    public static string WithNewUuid(string value) =>
        string.Join(',', value.Split(',').Where(part => part.Length > 0 && !part.StartsWith("uuid=", StringComparison.Ordinal)).Prepend($"uuid={Guid.NewGuid()}"));

    [GeneratedRegex("(?<==)([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?=,|$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MacAddress();

    [GeneratedRegex(@"^(source=)?/dev/(u?random|hwrng)(,(max_bytes|period)=\d+)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RandomSource();
}
