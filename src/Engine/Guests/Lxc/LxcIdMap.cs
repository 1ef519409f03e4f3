using System.Globalization;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Reads how an unprivileged container sees its ids.</summary>
internal static class LxcIdMap
{
    /// <summary>The <c>lxc.idmap</c> lines; for <c>unprivileged: 1</c> without any, Proxmox VE's usual range.</summary>
    /// <exception cref="ProblemException">A line is no mapping.</exception>
    public static IReadOnlyList<IdMapping> Of(GuestConfig config)
    {
        var lines = config.Entries.Where(entry => entry.Key is "lxc.idmap" or "lxc.id_map").Select(entry => Parse(entry.Value)).ToList();
        return lines.Count > 0 ? lines : config.Value("unprivileged") == "1" ? [new IdMapping('b', 0, 100000, 65536)] : [];
    }

    // e.g. u 0 100000 65536, with any white space between. The kernel's ids have 32 bits, and the last is not one.
    private static IdMapping Parse(string text) =>
        text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [['u' or 'g' or 'b'] kind, var inside, var outside, var count]
        && Number(inside) is { } first && Number(outside) is { } host && Number(count) is { } length and > 0
        && first + length <= uint.MaxValue && host + length <= uint.MaxValue
            ? new IdMapping(kind[0], first, host, length)
            : throw new ProblemException($"'{text}' is no id mapping; expected for example 'u 0 100000 65536'.");

    private static long? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
