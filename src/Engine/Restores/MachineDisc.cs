using System.Text.RegularExpressions;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Restores;

/// <summary>What is in a machine's CD-ROM drive after a restore.</summary>
internal sealed partial class MachineDisc(StorageConfig storages, GuestId target)
{
    private const string Empty = "none,media=cdrom";

    public static bool IsDisc(string key, string value) => PropertyString.Parse(value, "file") is var drive && (key is "cdrom" || drive.Volume is "none" or "cdrom" || drive["media"] == "cdrom");

    /// <summary>The drive's value: as it was when its disc is on a storage of this node, else an empty drive.</summary>
    /// <param name="warning">Why it is empty now; null when it is as it was.</param>
    public string Keep(string key, string value, out string? warning)
    {
        warning = null;
        var disc = PropertyString.Parse(value, "file").Volume;
        if (disc is "none" || IsImageThere(disc))
        {
            return value;
        }

        // e.g. local:101/vm-101-cloudinit.qcow2: made anew at each start, from the configuration
        if (CloudInit().Match(disc) is { Success: true } match && FolderOf(match.Groups["storage"].Value) is not null)
        {
            return string.Concat($"{match.Groups["storage"].Value}:{target}/vm-{target}-cloudinit{match.Groups["ending"].Value}", ",media=cdrom");
        }

        warning = $"The disc '{disc}' in {key} is not on a storage of this node; the drive is empty now.";
        return Empty;
    }

    // e.g. local:iso/debian-13.iso
    private bool IsImageThere(string disc) =>
        Image().Match(disc) is { Success: true } match && FolderOf(match.Groups["storage"].Value) is { } folder && File.Exists(Path.Combine(folder, "template", "iso", match.Groups["file"].Value));

    private string? FolderOf(string storage) => storages.Storages.FirstOrDefault(one => one.Name == storage && one is { IsDisabled: false, IsOnThisNode: true })?.Path;

    [GeneratedRegex(@"^(?<storage>[A-Za-z][\w.-]*):iso/(?<file>[^/\\,]+\.(iso|img))\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Image();

    [GeneratedRegex(@"^(?<storage>[A-Za-z][\w.-]*):\d+/vm-\d+-cloudinit(?<ending>\.(qcow2|raw))\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CloudInit();
}
