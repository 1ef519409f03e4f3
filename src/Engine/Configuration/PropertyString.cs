namespace VzDump.Engine.Configuration;

/// <summary>A value such as <c>local:100/vm-100-disk-0.raw,size=64M,backup=0</c>: a volume, then options.</summary>
public sealed record PropertyString(string Volume, IReadOnlyDictionary<string, string> Options)
{
    public string? this[string option] => Options.GetValueOrDefault(option);

    /// <summary>The volume is the part without a key, or the one with the given key.</summary>
    public static PropertyString Parse(string text, string volumeKey)
    {
        var volume = "";
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            switch (part.Split('=', 2))
            {
                case [var key, var value] when key == volumeKey:
                    volume = value;
                    break;
                case [var key, var value]:
                    options[key] = value;
                    break;
                default:
                    volume = part;
                    break;
            }
        }

        return new PropertyString(volume, options);
    }
}
