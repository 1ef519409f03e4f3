using System.Text.RegularExpressions;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>A file system, or what stands in its place, on a disk.</summary>
/// <param name="Device">Its name in the machine that reads it, e.g. <c>/dev/sda1</c> or <c>/dev/vg/root</c>.</param>
/// <param name="FileSystem">e.g. <c>ext4</c>; <c>swap</c> or <c>unknown</c> have no files.</param>
/// <param name="Size">In bytes; null when it is not known, as of a Btrfs subvolume.</param>
/// <param name="Label">What somebody named it; empty for most.</param>
public sealed partial record DiskVolume(string Device, string FileSystem, long? Size, string Label)
{
    /// <summary>Whether files can be in it.</summary>
    public bool HasFiles => FileSystem is not ("swap" or "unknown" or "crypto_LUKS" or "LVM2_member" or "linux_raid_member");

    /// <summary>Lines such as <c>/dev/sda1: ext4</c>. A line of any other form is a stranger's, and is left out.</summary>
    internal static IEnumerable<(string Device, string FileSystem)> Parse(string lines) =>
        lines.Split('\n').Select(line => Line().Match(line)).Where(match => match.Success).Select(match => (match.Groups["device"].Value, match.Groups["type"].Value));

    [GeneratedRegex(@"\A(?<device>(btrfsvol:)?/dev/[A-Za-z0-9_+.@/-]{1,300}): (?<type>[A-Za-z0-9_.-]{1,40})\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
