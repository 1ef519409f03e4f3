namespace VzDump.Engine.Backups;

/// <summary>Settings as a form shows and gives them: one text an option, in a list a line for each part. What is not set has no text.</summary>
public static class SettingsTexts
{
    public static IReadOnlyDictionary<string, string> Of(BackupSettings settings) =>
        (from option in VzdumpOptions.OfSettings
         let texts = option.Texts(settings)
         where texts.Count > 0
         select (option.Name, Text: string.Join('\n', texts))).ToDictionary(field => field.Name, field => field.Text, StringComparer.Ordinal);

    /// <summary>Reads every text that is allowed; the problems tell of the others, and of what cannot be had together.</summary>
    public static BackupSettings Read(IReadOnlyDictionary<string, string> texts, out IReadOnlyList<OptionProblem> problems)
    {
        var (settings, refused) = (new BackupSettings(), new List<OptionProblem>());
        foreach (var option in VzdumpOptions.OfSettings)
        {
            if (!texts.TryGetValue(option.Name, out var text))
            {
                continue;
            }

            if (option.With(settings, text) is { } with)
            {
                settings = with;
            }
            else
            {
                refused.Add(option.Refuse(text));
            }
        }

        problems = [.. refused, .. settings.Problems()];
        return settings;
    }
}
