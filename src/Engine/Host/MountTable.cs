using System.Globalization;
using System.Text.RegularExpressions;

namespace VzDump.Engine.Host;

/// <summary>What is mounted where, as this process sees it.</summary>
internal static partial class MountTable
{
    /// <summary>Whether something is mounted on this very folder.</summary>
    public static bool Has(string folder) => On(folder) is not null;

    /// <summary>What is mounted on this very folder, the topmost of several; null when nothing is. The folder itself is not touched.</summary>
    public static Mount? On(string folder) => Read().LastOrDefault(mount => mount.Folder == Clean(folder));

    /// <summary>Folders in or below this one on which something is mounted.</summary>
    public static IReadOnlyList<string> Below(string folder) =>
        [.. Read().Select(mount => mount.Folder).Where(mounted => mounted == Clean(folder) || mounted.StartsWith(Clean(folder) + "/", StringComparison.Ordinal))];

    /// <summary>Type of the file system that a folder lies on, e.g. <c>ext4</c>; null when that cannot be told.</summary>
    public static string? FileSystemOf(string folder)
    {
        var path = Clean(folder);
        // Of two mounts on one folder the later one covers the earlier.
        return Read().Where(mount => mount.Folder == "/" || path == mount.Folder || path.StartsWith(mount.Folder + "/", StringComparison.Ordinal))
            .Select((mount, order) => (mount, order)).OrderByDescending(found => found.mount.Folder.Length).ThenByDescending(found => found.order)
            .Select(found => found.mount.FileSystem).FirstOrDefault();
    }

    private static string Clean(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    private static IEnumerable<Mount> Read() => Parse(File.ReadLines("/proc/self/mountinfo"));

    /// <summary>Reads the kernel's list; in it, blanks in names are written as <c>\040</c>.</summary>
    public static IEnumerable<Mount> Parse(IEnumerable<string> lines)
    {
        // e.g. 36 35 98:0 /root /mnt/my\040disk rw,noatime master:1 - ext3 /dev/sdb1 rw
        foreach (var line in lines)
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", 6);
            yield return dash > 0 && dash + 2 < fields.Length
                ? new Mount(Plain(fields[4]), fields[dash + 1], Plain(fields[dash + 2]))
                : new Mount(Plain(fields[4]), "", "");
        }
    }

    private static string Plain(string field) => Octal().Replace(field, letter => ((char)Convert.ToInt32(letter.Value[1..], 8)).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\\[0-7]{3}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Octal();
}

/// <summary>Something mounted on a folder.</summary>
/// <param name="FileSystem">e.g. <c>ext4</c>, <c>nfs4</c>, <c>fuse.glusterfs</c>.</param>
/// <param name="Source">e.g. <c>/dev/sdb1</c>, <c>10.0.0.2:/backup</c>.</param>
internal sealed record Mount(string Folder, string FileSystem, string Source);
