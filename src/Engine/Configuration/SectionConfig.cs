namespace VzDump.Engine.Configuration;

/// <summary>A section of a file such as storage.cfg: <c>TYPE: ID</c>, then indented <c>key value</c> lines.</summary>
public sealed record ConfigSection(string Type, string Id, IReadOnlyDictionary<string, string> Properties)
{
    public string? this[string key] => Properties.GetValueOrDefault(key);
}

/// <summary>Reads Proxmox VE's section files.</summary>
public static class SectionConfig
{
    /// <exception cref="ProblemException">A line is neither; the message names file and line.</exception>
    public static IReadOnlyList<ConfigSection> Parse(string text, string file)
    {
        var sections = new List<ConfigSection>();
        Dictionary<string, string>? properties = null;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd();
            if (line.Length == 0 || line.TrimStart().StartsWith('#'))
            {
                continue;
            }

            if (char.IsWhiteSpace(line[0]))
            {
                // e.g. "\tcontent backup,iso" or a bare "\tdisable"
                var parts = line.Trim().Split((char[])[' ', '\t'], 2, StringSplitOptions.TrimEntries);
                (properties ?? throw Broken(file, number, "a property before the first section"))[parts[0]] = parts is [_, var value] ? value : "1";
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

            properties = new Dictionary<string, string>(StringComparer.Ordinal);
            sections.Add(new ConfigSection(type, id, properties));
        }

        return sections;
    }

    public static string Write(IEnumerable<ConfigSection> sections) => string.Join('\n', sections.Select(section =>
        $"{section.Type}: {section.Id}\n" + string.Concat(section.Properties.Select(property => $"\t{property.Key} {property.Value}\n"))));

    private static ProblemException Broken(string file, int line, string what) => new($"{file}, line {line}: {what}.");
}
