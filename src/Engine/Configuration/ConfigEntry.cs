namespace VzDump.Engine.Configuration;

/// <summary>A key and its value as they stand in a configuration file.</summary>
/// <param name="Line">Its number, from 1.</param>
public sealed record ConfigEntry(int Line, string Key, string Value)
{
    /// <summary>Whether a value reads back from a line: one line, no blanks at its ends.</summary>
    internal static bool IsWritable(string value) => value.Trim() == value && !value.AsSpan().ContainsAny('\n', '\r');

    /// <exception cref="ProblemException">It does not read back.</exception>
    internal static string Writable(string key, string value) => IsWritable(value)
        ? value
        : throw new ProblemException($"'{key}' cannot be written to a configuration file: its value has a line end in it, or a blank at one of its ends.");
}

/// <summary>Lines of a file of which some are replaced and all others stay.</summary>
internal static class EditedLines
{
    /// <summary>Puts new lines in the place of old ones; more of them behind the last, or at <paramref name="otherwise"/> where there was none.</summary>
    public static List<string> Replace(IReadOnlyList<string> lines, IReadOnlyList<int> old, IReadOnlyList<string> news, int otherwise)
    {
        if (old.Count == 0 && news.Count == 0)
        {
            return [.. lines];
        }

        // A file that was written under Windows stays one.
        var end = lines.Count > 1 && lines[0].EndsWith('\r') ? "\r" : "";
        var edited = lines.ToList();
        var at = old.Count > 0 ? old[^1] + 1 : otherwise;
        for (var index = news.Count - 1; index >= old.Count; index--)
        {
            edited.Insert(at, news[index] + end);
        }

        for (var index = old.Count - 1; index >= 0; index--)
        {
            if (index < news.Count)
            {
                edited[old[index]] = news[index] + (edited[old[index]].EndsWith('\r') ? "\r" : "");
            }
            else
            {
                edited.RemoveAt(old[index]);
            }
        }

        // What stands behind the last line end is no line; a new last line ends as lines do.
        if (edited.Count == 0 || (news.Count > old.Count && at == lines.Count))
        {
            edited.Add("");
        }

        return edited;
    }

    /// <summary>Where a line is added to the end of a file.</summary>
    public static int End(IReadOnlyList<string> lines) => lines[^1].Length == 0 ? lines.Count - 1 : lines.Count;
}
