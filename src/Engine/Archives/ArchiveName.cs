using System.Globalization;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives;

/// <summary>An archive's name: <c>vzdump-TYPE-VMID-YYYY_MM_DD-HH_MM_SS</c> in the node's time, and the extension.</summary>
public sealed record ArchiveName(GuestKind Kind, GuestId Guest, DateTime LocalTime, string Extension)
{
    private const string TimeFormat = "yyyy_MM_dd-HH_mm_ss";
    private static readonly string[] Beginnings = ["vzdump-lxc-", "vzdump-qemu-", "vzdump-openvz-"];

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
    public static bool IsArchive(string fileName) =>
        // e.g. vzdump-lxc-before the upgrade.tar.zst; a storage may hold thousands, so no pattern is matched
        fileName.Length - ExtensionOf(fileName).Length is var end && end < fileName.Length && AfterType(fileName) is var begin and > 0 && begin < end && !fileName.AsSpan(begin, end - begin).Contains('\n');

    /// <summary>Null for every name that vzdump itself would not give.</summary>
    public static ArchiveName? TryParse(string fileName)
    {
        // e.g. vzdump-lxc-101-2026_08_22-03_00_00.tar.zst
        if (!IsArchive(fileName))
        {
            return null;
        }

        var extension = ExtensionOf(fileName);
        var middle = fileName.AsSpan(AfterType(fileName)..^extension.Length);
        var dash = middle.IndexOf('-');
        return dash is >= 3 and <= 9
            && !middle[..dash].ContainsAnyExceptInRange('0', '9')
            && GuestId.TryParse(middle[..dash], out var guest)
            && DateTime.TryParseExact(middle[(dash + 1)..], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
                ? new ArchiveName(KindOf(fileName), guest, time, extension.ToString())
                : null;
    }

    /// <summary>The guest type that any listed name says.</summary>
    public static GuestKind KindOf(string fileName) => fileName.StartsWith("vzdump-qemu-", StringComparison.Ordinal) ? GuestKind.Qemu : GuestKind.Lxc;

    /// <summary>A listed name without its archive extensions.</summary>
    public static string StemOf(string fileName) => fileName[..^ExtensionOf(fileName).Length];

    public override string ToString() => FileName;

    // 0 for other names
    private static int AfterType(string fileName) => Array.Find(Beginnings, beginning => fileName.StartsWith(beginning, StringComparison.Ordinal))?.Length ?? 0;

    // .tgz, or .tar or .vma with or without that of a compressor; empty for other names
    private static ReadOnlySpan<char> ExtensionOf(ReadOnlySpan<char> fileName)
    {
        if (fileName.EndsWith(".tgz"))
        {
            return fileName[^4..];
        }

        var dot = fileName.LastIndexOf('.');
        var inner = dot >= 0 && fileName[dot..] is ".gz" or ".lzo" or ".zst" or ".bz2" ? fileName[..dot] : fileName;
        return inner.EndsWith(".tar") || inner.EndsWith(".vma") ? fileName[(inner.Length - 4)..] : [];
    }
}
