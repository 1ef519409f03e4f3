namespace VzDump.Engine.Configuration;

/// <summary>A file of <c>key: value</c> lines, such as vzdump.conf and datacenter.cfg. Comments, order and lines of other kinds are kept.</summary>
public sealed class KeyedLines
{
    private readonly IReadOnlyList<string> _lines;

    private KeyedLines(IReadOnlyList<string> lines) => _lines = lines;

    /// <summary>In their order. A line that is neither comment nor setting is left out, as Proxmox VE does.</summary>
    public IEnumerable<ConfigEntry> Entries => _lines.Select((line, index) => Read(line, index + 1)).OfType<ConfigEntry>();

    public static KeyedLines Parse(string text) => new(text.Split('\n'));

    /// <summary>The last one counts; null when it is not set.</summary>
    public string? Value(string key) => Entries.LastOrDefault(entry => entry.Key == key)?.Value;

    /// <summary>The same with these values of a key, a line for each; none takes its lines away.</summary>
    /// <exception cref="ProblemException">A value would not read back.</exception>
    public KeyedLines With(string key, params IReadOnlyList<string> values) => new(EditedLines.Replace(
        _lines,
        [.. Entries.Where(entry => entry.Key == key).Select(entry => entry.Line - 1)],
        [.. values.Select(value => $"{key}: {ConfigEntry.Writable(key, value)}")],
        EditedLines.End(_lines)));

    /// <summary>The whole file; as it was read when nothing was changed.</summary>
    public override string ToString() => string.Join('\n', _lines);

    // e.g. "storage: local" or "  bwlimit :1000"
    private static ConfigEntry? Read(string line, int number) =>
        line.Split(':', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } key, var value] && !key.StartsWith('#') ? new ConfigEntry(number, key, value) : null;
}
