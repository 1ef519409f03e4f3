using System.Globalization;
using System.Text.RegularExpressions;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives;

/// <summary>An archive's name: <c>vzdump-TYPE-VMID-YYYY_MM_DD-HH_MM_SS</c> in the node's time, and the extension.</summary>
public sealed partial record ArchiveName(GuestKind Kind, GuestId Guest, DateTime LocalTime, string Extension)
{
    private const string TimeFormat = "yyyy_MM_dd-HH_mm_ss";

    public static ArchiveName For(GuestKind kind, GuestId guest, DateTime localTime, CompressionKind compression) =>
        new(kind, guest, localTime, kind.ArchiveExtension + compression.Extension);

    /// <summary>The name without extension; the log beside the archive has it too.</summary>
    public string Stem => $"vzdump-{Kind.VzdumpName}-{Guest}-{LocalTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}";

    public string FileName => Stem + Extension;

    /// <summary>The name while it is being written: <c>.dat</c> for the last extension. No listing shows it.</summary>
    public string DraftName => Path.ChangeExtension(FileName, ".dat");

    public string LogName => Stem + ".log";

    /// <summary>Folder for temporary files beside the archive.</summary>
    public string TemporaryName => Stem + ".tmp";

    /// <summary>Whether a listing shows a file of this name.</summary>
    public static bool IsArchive(string fileName) => Listed().IsMatch(fileName);

    /// <summary>Null for every name that vzdump itself would not give.</summary>
    public static ArchiveName? TryParse(string fileName)
    {
        // e.g. vzdump-lxc-101-2026_08_22-03_00_00.tar.zst
        var match = Standard().Match(fileName);
        return match.Success
            && GuestId.TryParse(match.Groups["vmid"].ValueSpan, out var guest)
            && DateTime.TryParseExact(match.Groups["time"].ValueSpan, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
                ? new ArchiveName(match.Groups["type"].Value is "qemu" ? GuestKind.Qemu : GuestKind.Lxc, guest, time, match.Groups["extension"].Value)
                : null;
    }

    /// <summary>The guest type that any listed name says.</summary>
    public static GuestKind KindOf(string fileName) => fileName.StartsWith("vzdump-qemu-", StringComparison.Ordinal) ? GuestKind.Qemu : GuestKind.Lxc;

    /// <summary>A listed name without its archive extensions.</summary>
    public static string StemOf(string fileName) => Extensions().Replace(fileName, "");

    public override string ToString() => FileName;

    [GeneratedRegex(@"^vzdump-(lxc|openvz|qemu)-.+\.(tgz|(tar|vma)(\.(gz|lzo|zst|bz2))?)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listed();

    [GeneratedRegex(@"^vzdump-(?<type>lxc|openvz|qemu)-(?<vmid>\d{3,9})-(?<time>\d{4}_\d{2}_\d{2}-\d{2}_\d{2}_\d{2})(?<extension>\.(tgz|(tar|vma)(\.(gz|lzo|zst|bz2))?))\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Standard();

    [GeneratedRegex(@"\.(tgz|(tar|vma)(\.(gz|lzo|zst|bz2))?)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Extensions();
}
