using System.Text.RegularExpressions;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Qemu;

namespace VzDump.Engine.Restores;

/// <summary>What becomes of the volumes of a machine that is replaced: those that the archive gives back are removed, the others stay with the VMID.</summary>
/// <param name="Removes">Removed once the new machine is there.</param>
/// <param name="Kept">Named as unused in the new configuration.</param>
/// <param name="Named">Paths of all volumes that the old configuration names, also of such that are not there.</param>
internal sealed partial record ReplacedVolumes(IReadOnlyList<OldVolume> Removes, IReadOnlyList<string> Kept, IReadOnlyList<string> Named)
{
    public static ReplacedVolumes None { get; } = new([], [], []);

    /// <param name="text">The old configuration, snapshots and all.</param>
    /// <param name="restored">Keys of the drives that are in the archive.</param>
    /// <param name="others">Configurations of all other guests: a volume that one of them names, or stands on, is not removed.</param>
    public static ReplacedVolumes Of(string text, GuestId owner, IReadOnlySet<string> restored, StorageConfig storages, IReadOnlyList<string> others)
    {
        var removes = OwnVolumes.Of(GuestConfig.Parse(text), owner, storages, restored.Contains)
            .Where(old => IsOwn(old.Id, owner) && !others.Any(config => config.Contains(old.Id, StringComparison.Ordinal))).ToList();
        var named = text.Split('\n', StringSplitOptions.TrimEntries).Where(line => !line.StartsWith('#')).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(parts => parts is [_, _])
            .Select(parts => (Key: parts[0], Value: PropertyString.Parse(parts[1], "file")))
            .Where(entry => entry.Key is "vmstate" || QemuDrive.IsDrive(entry.Key) || entry.Key.StartsWith("unused", StringComparison.Ordinal)).ToList();
        var kept = named.Where(entry => entry.Value["media"] != "cdrom" && IsOwn(entry.Value.Volume, owner)).Select(entry => entry.Value.Volume)
            .Distinct(StringComparer.Ordinal).Where(volume => !removes.Exists(old => old.Id == volume)).ToList();
        return new ReplacedVolumes(removes, kept, [.. named.Select(entry => OwnVolumes.PathOf(entry.Value.Volume, storages)).OfType<string>()]);
    }

    // e.g. local:101/vm-101-disk-0.raw, local-lvm:vm-101-disk-0, local:100/base-100-disk-0.raw/101/vm-101-disk-0.qcow2
    private static bool IsOwn(string volume, GuestId owner) => Own().Match(volume) is { Success: true } match && match.Groups["owner"].Value == owner.ToString();

    [GeneratedRegex(@"^[^/:]+:(.*/)?(vm|base)-(?<owner>\d+)-(disk|state)[^/]*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Own();
}
