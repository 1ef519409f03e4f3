using System.Globalization;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>A drive of a VM's configuration, e.g. <c>scsi0: local:100/vm-100-disk-0.raw,size=64M</c>.</summary>
/// <param name="ExcludedBecause">Why it is not in a backup; null when it is.</param>
internal sealed record QemuDrive(string Key, string Volume, string Format, string? Size, string? ExcludedBecause)
{
    private static readonly (string Bus, int Count)[] Buses = [("ide", 4), ("sata", 6), ("scsi", 31), ("virtio", 16), ("efidisk", 1), ("tpmstate", 1)];

    /// <summary>The storage of the volume; empty for a path.</summary>
    public string Storage => Volume.StartsWith('/') ? "" : Volume.Split(':')[0];

    /// <summary>Whether it is the memory of a TPM, which another program than QEMU keeps.</summary>
    public bool IsTpm => Key.StartsWith("tpmstate", StringComparison.Ordinal);

    public static IReadOnlyList<QemuDrive> AllOf(GuestConfig config) =>
        [.. config.Entries.Where(entry => IsDrive(entry.Key)).GroupBy(entry => entry.Key).Select(entries => Parse(entries.Key, entries.Last().Value))];

    /// <summary>Volumes that belong to the machine and are plugged in nowhere.</summary>
    public static IEnumerable<(string Key, string Volume)> UnusedOf(GuestConfig config) => config.Entries
        .Where(entry => entry.Key.StartsWith("unused", StringComparison.Ordinal) && entry.Key.AsSpan("unused".Length).IndexOfAnyExceptInRange('0', '9') < 0)
        .Select(entry => (entry.Key, PropertyString.Parse(entry.Value, "file").Volume));

    /// <summary>Whether a key of the configuration names a drive, whatever is in it.</summary>
    public static bool IsDrive(string key) => Array.Exists(Buses, bus => Number(key, bus.Bus) is { } number && number < bus.Count);

    /// <summary>The number behind a prefix, as Proxmox VE writes it; null for another key.</summary>
    public static int? Number(string key, string prefix)
    {
        // e.g. scsi0, but not scsi00 or scsihw
        var digits = key.StartsWith(prefix, StringComparison.Ordinal) ? key.AsSpan(prefix.Length) : [];
        return digits.Length is 1 or 2 && (digits.Length == 1 || digits[0] != '0') && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static QemuDrive Parse(string key, string value)
    {
        var drive = PropertyString.Parse(value, "file");
        var excluded = drive.Volume is "none" or "cdrom" || drive["media"] == "cdrom" ? "CD-ROM"
            : drive["backup"] is "0" or "no" or "off" or "false" ? "backup=0"
            : null;
        return new QemuDrive(key, drive.Volume, drive["format"] ?? FormatOf(drive.Volume), drive["size"], excluded);
    }

    private static string FormatOf(string volume) => Path.GetExtension(volume) switch
    {
        ".qcow2" => "qcow2",
        ".vmdk" => "vmdk",
        _ => "raw",
    };
}
