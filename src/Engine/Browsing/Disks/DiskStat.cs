using System.Globalization;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>What <c>guestfish</c> tells of a file: lines such as <c>st_mode: 33188</c>.</summary>
internal static class DiskStat
{
    private const long KindBits = 0xF000, Folder = 0x4000, Regular = 0x8000, Link = 0xA000, Pipe = 0x1000, Socket = 0xC000;

    /// <summary>Answers one block of figures per file, in their order; nothing for one that is gone.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, long>> Blocks(string answer)
    {
        var block = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in answer.Split('\n'))
        {
            var parts = line.Trim().Split(": ");
            if (parts.Length == 2 && long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                if (parts[0] == "st_dev" && block.Count > 0)
                {
                    yield return block;
                    block = new Dictionary<string, long>(StringComparer.Ordinal);
                }

                block[parts[0]] = number;
            }
        }

        if (block.Count > 0)
        {
            yield return block;
        }
    }

    /// <summary>Null for a file that is gone.</summary>
    public static TreeEntry? Entry(MemberPath path, IReadOnlyDictionary<string, long> stat)
    {
        var mode = stat.GetValueOrDefault("st_mode");
        return stat.GetValueOrDefault("st_ino", -1) == -1 ? null : new TreeEntry
        {
            Path = path,
            Kind = (mode & KindBits) switch
            {
                Folder => EntryKind.Folder,
                Regular => EntryKind.File,
                Link => EntryKind.Link,
                Pipe or Socket => EntryKind.Pipe,
                _ => EntryKind.Device,
            },
            Size = (mode & KindBits) == Regular ? Math.Max(0, stat.GetValueOrDefault("st_size")) : 0,
            Mode = (int)(mode & 0xFFF),
            User = stat.GetValueOrDefault("st_uid"),
            Group = stat.GetValueOrDefault("st_gid"),
            Modified = Time(stat.GetValueOrDefault("st_mtime_sec")),
        };
    }

    private static DateTimeOffset Time(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
}
