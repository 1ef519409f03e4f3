namespace VzDump.Web.Archives;

/// <summary>A line of a guest's archived configuration beside that of today.</summary>
/// <param name="Then">Null when it was not there.</param>
/// <param name="Now">Null when it is not there any more.</param>
public sealed record ComparedLine(string? Then, string? Now)
{
    public bool IsSame => Then == Now;
}

/// <summary>Lays an archived configuration beside that of today. Lines belong together by their key; notes on top are compared as they are.</summary>
public static class ConfigComparison
{
    // Both ways of configurations: "cores: 2" of Proxmox VE, "lxc.arch = x86_64" of LXC; keys may come several times.
    public static IReadOnlyList<ComparedLine> Of(string then, string now)
    {
        var left = now.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        var lines = new List<ComparedLine>();
        foreach (var line in then.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var match = left.IndexOf(line) is >= 0 and var same ? same : left.FindIndex(other => KeyOf(other) == KeyOf(line) && KeyOf(line) is not null);
            lines.Add(new ComparedLine(line, match < 0 ? null : left[match]));
            if (match >= 0)
            {
                left.RemoveAt(match);
            }
        }

        lines.AddRange(left.Select(line => new ComparedLine(null, line)));
        return lines;
    }

    private static string? KeyOf(string line) => line.StartsWith('#') || line.IndexOfAny([':', '=']) is not (> 0 and var end) ? null : line[..end].Trim();
}
