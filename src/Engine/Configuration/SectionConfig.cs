namespace VzDump.Engine.Configuration;

/// <summary>A section of a file such as storage.cfg: <c>TYPE: ID</c>, then indented <c>key value</c> lines; of a key that is there twice, the last counts.</summary>
public sealed record ConfigSection(string Type, string Id, IReadOnlyDictionary<string, string> Properties)
{
    public string? this[string key] => Properties.GetValueOrDefault(key);
}

/// <summary>Reads Proxmox VE's section files, and writes new ones.</summary>
public static class SectionConfig
{
    /// <exception cref="ProblemException">A line is neither; the message names file and line.</exception>
    public static IReadOnlyList<ConfigSection> Parse(string text, string file) => [.. SectionLines.Parse(text, file).Sections.Select(section =>
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in section.Entries)
        {
            properties[entry.Key] = entry.Value;
        }

        return new ConfigSection(section.Type, section.Id, properties);
    })];

    /// <exception cref="ProblemException">A value would not read back.</exception>
    public static string Write(IEnumerable<ConfigSection> sections) => string.Join('\n', sections.Select(section =>
        $"{section.Type}: {section.Id}\n" + string.Concat(section.Properties.Select(property => $"{SectionLines.Line(property.Key, property.Value)}\n"))));
}
