using System.Globalization;
using System.Text.RegularExpressions;

namespace VzDump.Engine.Host;

/// <summary>What is mounted where, as this process sees it.</summary>
internal static partial class MountTable
{
    /// <summary>Whether something is mounted on this very folder.</summary>
    public static bool Has(string folder) => Read().Any(mount => mount.Folder == Clean(folder));

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

    private static IEnumerable<(string Folder, string FileSystem)> Read()
    {
        // e.g. 36 35 98:0 /root /mnt/my\040disk rw,noatime master:1 - ext3 /dev/sdb1 rw
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", 6);
            yield return (
                Octal().Replace(fields[4], letter => ((char)Convert.ToInt32(letter.Value[1..], 8)).ToString(CultureInfo.InvariantCulture)),
                dash > 0 ? fields[dash + 1] : "");
        }
    }

    [GeneratedRegex(@"\\[0-7]{3}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Octal();
}
