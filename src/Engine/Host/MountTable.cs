using System.Globalization;
using System.Text.RegularExpressions;

namespace VzDump.Engine.Host;

/// <summary>One mount, as the kernel lists it.</summary>
/// <param name="Device">Of the file system, as <c>major:minor</c>.</param>
/// <param name="Root">The folder of the file system that is mounted; <c>/</c> unless it is a bind mount or a subvolume.</param>
/// <param name="Folder">Where.</param>
/// <param name="FileSystem">Its type, e.g. <c>ext4</c>.</param>
/// <param name="Source">e.g. <c>/dev/sdb1</c>, or <c>10.0.0.2:/backup</c> of a network file system.</param>
/// <param name="Options">Those of the file system, e.g. the controllers of a cgroup hierarchy.</param>
internal sealed record MountEntry(string Device, string Root, string Folder, string FileSystem, string Source, string Options);

/// <summary>What is mounted where.</summary>
internal static partial class MountTable
{
    /// <summary>Whether something is mounted on this very folder.</summary>
    public static bool Has(string folder) => On(folder) is not null;

    /// <summary>What is mounted on this very folder, the topmost of several; null when nothing is. The folder itself is not touched.</summary>
    public static MountEntry? On(string folder) => Read().LastOrDefault(mount => mount.Folder == Clean(folder));

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

    /// <summary>The mounts that this process sees.</summary>
    public static IEnumerable<MountEntry> Read() => ReadFile("/proc/self/mountinfo");

    /// <summary>The mounts that another process sees, in its own paths.</summary>
    /// <exception cref="IOException">It is gone.</exception>
    public static IEnumerable<MountEntry> ReadOf(int pid) => ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/mountinfo"));

    public static MountEntry Parse(string line)
    {
        // e.g. 36 35 98:0 /root /mnt/my\040disk rw,noatime master:1 - ext3 /dev/sdb1 rw,errors=continue
        var fields = line.Split(' ');
        var dash = Array.IndexOf(fields, "-", 6);
        return new MountEntry(fields[2], Plain(fields[3]), Plain(fields[4]), At(1), Plain(At(2)), At(3));

        string At(int behindDash) => dash > 0 && dash + behindDash < fields.Length ? fields[dash + behindDash] : "";
    }

    private static IEnumerable<MountEntry> ReadFile(string path) => File.ReadLines(path).Select(Parse);

    private static string Clean(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    private static string Plain(string field) => Octal().Replace(field, letter => ((char)Convert.ToInt32(letter.Value[1..], 8)).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\\[0-7]{3}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Octal();
}
