using VzDump.Engine.Backups;

namespace VzDump.Web.OptionForms;

/// <summary>vzdump's options while somebody edits them: texts as they were typed, judged by the engine after each change.</summary>
public sealed class OptionsDraft
{
    private readonly Dictionary<string, string> _texts;
    private readonly Dictionary<string, string> _before;

    public OptionsDraft(BackupSettings settings)
    {
        _texts = new(SettingsTexts.Of(settings), StringComparer.Ordinal);
        _before = new(_texts, StringComparer.Ordinal);
        (Settings, Problems) = (settings, settings.Problems());
    }

    /// <summary>What the texts mean; of those with a problem, nothing.</summary>
    public BackupSettings Settings { get; private set; }

    public IReadOnlyList<OptionProblem> Problems { get; private set; }

    /// <summary>Whether something is another than it was at first.</summary>
    public bool IsChanged => _texts.Count != _before.Count || _texts.Any(text => _before.GetValueOrDefault(text.Key) != text.Value);

    /// <summary>Null where nothing is said, so that the defaults hold. An empty text is a word too: none, whatever the defaults say.</summary>
    public string? this[string option]
    {
        get => _texts.GetValueOrDefault(option);
        set
        {
            if (value is null)
            {
                _texts.Remove(option);
            }
            else
            {
                _texts[option] = value;
            }

            Settings = SettingsTexts.Read(_texts, out var problems);
            Problems = problems;
        }
    }

    /// <summary>The problems of one option, as one text; null without any.</summary>
    public string? ProblemOf(string option) =>
        Problems.Where(problem => problem.Field == option).Select(problem => problem.Message).Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } sentences ? string.Join(' ', sentences) : null;
}
