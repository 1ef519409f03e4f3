namespace VzDump.Engine.Configuration;

/// <summary>Reads the lines of vzdump.conf: <c>key: value</c>.</summary>
public static class VzdumpConf
{
    /// <summary>Key and value of each line with its number. A line that is neither comment nor setting is left out, as vzdump does.</summary>
    public static IReadOnlyList<(int Line, string Key, string Value)> Parse(string text) =>
    [
        .. text.Split('\n').Select((line, index) => (index + 1, Parts: line.Split(':', 2, StringSplitOptions.TrimEntries)))
            .Where(line => line.Parts is [{ Length: > 0 } key, _] && !key.StartsWith('#'))
            .Select(line => (line.Item1, line.Parts[0], line.Parts[1])),
    ];
}
