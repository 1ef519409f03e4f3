using System.Globalization;
using System.Text.RegularExpressions;

namespace VzDump.Engine.Host;

/// <summary>What is mounted where, as this process sees it.</summary>
internal static partial class MountTable
{
    /// <summary>Whether something is mounted on this very folder.</summary>
    public static bool Has(string folder)
    {
        // e.g. 36 35 98:0 /root /mnt/my\040disk rw,noatime master:1 - ext3 /dev/sdb1 rw
        var wanted = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return File.ReadLines("/proc/self/mountinfo").Any(line => Octal().Replace(line.Split(' ')[4], letter => ((char)Convert.ToInt32(letter.Value[1..], 8)).ToString(CultureInfo.InvariantCulture)) == wanted);
    }

    [GeneratedRegex(@"\\[0-7]{3}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Octal();
}
