namespace VzDump.Engine.Configuration;

/// <summary>A section as it stands in a file.</summary>
/// <param name="Line">That of its head, from 1.</param>
/// <param name="Entries">In their order; a key may be there more than once.</param>
public sealed record SectionText(string Type, string Id, int Line, IReadOnlyList<ConfigEntry> Entries)
{
    /// <summary>Without blanks and comments behind it.</summary>
    internal int LastLine => Entries.Count > 0 ? Entries[^1].Line : Line;
}

/// <summary>A section file such as storage.cfg or jobs.cfg: <c>TYPE: ID</c>, then indented <c>key value</c> lines. What is not changed stays as it is.</summary>
public sealed class SectionLines
{
    private readonly IReadOnlyList<string> _lines;
    private readonly string _file;

    private SectionLines(IReadOnlyList<string> lines, string file)
    {
        (_lines, _file) = (lines, file);
        Sections = Read(lines, file);
    }

    public IReadOnlyList<SectionText> Sections { get; }

    /// <exception cref="ProblemException">A line is neither; the message names file and line.</exception>
    public static SectionLines Parse(string text, string file) => new(text.Split('\n'), file);

    public SectionText? Find(string id) => Sections.FirstOrDefault(section => section.Id == id);

    /// <summary>The same with these values of a key of a section that is there, a line for each; none takes its lines away.</summary>
    /// <exception cref="ProblemException">A value would not read back.</exception>
    public SectionLines With(string id, string key, params IReadOnlyList<string> values)
    {
        var section = Find(id) ?? throw new ProblemException($"{_file} has no section '{id}' any more.");
        return Edited([.. section.Entries.Where(entry => entry.Key == key).Select(entry => entry.Line - 1)], [.. values.Select(value => Line(key, value))], section.LastLine);
    }

    /// <summary>The same with an empty section at its end.</summary>
    public SectionLines WithSection(string type, string id)
    {
        var end = EditedLines.End(_lines);
        IReadOnlyList<string> head = end > 0 && _lines[end - 1].Trim().Length > 0 ? ["", $"{type}: {id}"] : [$"{type}: {id}"];
        return Edited([], head, end);
    }

    /// <summary>The same without a section; comments around it stay.</summary>
    public SectionLines Without(string id)
    {
        if (Find(id) is not { } section)
        {
            return this;
        }

        var last = section.LastLine < _lines.Count - 1 && _lines[section.LastLine].Trim().Length == 0 ? section.LastLine + 1 : section.LastLine;
        var comments = Enumerable.Range(section.Line, last - section.Line).Where(index => _lines[index].TrimStart().StartsWith('#')).ToHashSet();
        return new SectionLines([.. _lines.Where((_, index) => index < section.Line - 1 || index >= last || comments.Contains(index))], _file);
    }

    /// <summary>The whole file; as it was read when nothing was changed.</summary>
    public override string ToString() => string.Join('\n', _lines);

    internal static string Line(string key, string value) => value.Length > 0
        ? $"\t{key} {ConfigEntry.Writable(key, value)}"
        : throw new ProblemException($"'{key}' cannot be written to a section file without a value: leave it out instead.");

    private SectionLines Edited(IReadOnlyList<int> old, IReadOnlyList<string> news, int otherwise) => new(EditedLines.Replace(_lines, old, news, otherwise), _file);

    private static List<SectionText> Read(IReadOnlyList<string> lines, string file)
    {
        var sections = new List<SectionText>();
        List<ConfigEntry>? entries = null;
        for (var number = 1; number <= lines.Count; number++)
        {
            var line = lines[number - 1].TrimEnd();
            if (line.Length == 0 || line.TrimStart().StartsWith('#'))
            {
                continue;
            }

            if (char.IsWhiteSpace(line[0]))
            {
                // e.g. "\tcontent backup,iso" or a bare "\tdisable"
                var parts = line.Trim().Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
                (entries ?? throw Broken(file, number, "a property before the first section")).Add(new ConfigEntry(number, parts[0], parts is [_, var value] ? value : "1"));
                continue;
            }

            // e.g. "dir: local"
            if (line.Split(':', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } type, { Length: > 0 } id])
            {
                throw Broken(file, number, "expected 'TYPE: NAME'");
            }

            if (sections.Exists(section => section.Id == id))
            {
                throw Broken(file, number, $"'{id}' stands there twice");
            }

            entries = [];
            sections.Add(new SectionText(type, id, number, entries));
        }

        return sections;
    }

    private static ProblemException Broken(string file, int line, string what) => new($"{file}, line {line}: {what}.");
}
