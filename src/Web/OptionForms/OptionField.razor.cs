using System.Globalization;
using Microsoft.AspNetCore.Components;
using VzDump.Engine.Backups;
using VzDump.Web.Backups;

namespace VzDump.Web.OptionForms;

/// <summary>Shows an option in the shape in which vzdump takes it.</summary>
public sealed partial class OptionField
{
    // An empty word of the job means none, even where vzdump.conf names one.
    private static readonly string[] MayBeNone = ["script", "mailto", "notes-template"];
    private static readonly string[] Flags = ["1", "0"];
    private BackupOption _option = VzdumpOptions.All[0];
    private IReadOnlyList<EffectiveOption> _inherited = [];

    [Parameter, EditorRequired]
    public required string Name { get; set; }

    [Parameter, EditorRequired]
    public required OptionsDraft Draft { get; set; }

    [Parameter, EditorRequired]
    public required OptionContext Context { get; set; }

    [Parameter]
    public EventCallback Changed { get; set; }

    private string Id => $"option-{Name}";

    private string HelpId => $"{Id}-help";

    private string? Problem => Draft.ProblemOf(Name);

    private string? Invalid => Problem is null ? null : "true";

    private bool IsNumber => _option.Takes is OptionValue.Number;

    private bool IsNone => Draft[Name] is "";

    private bool OffersNone => MayBeNone.Contains(Name) && (IsNone || (_inherited.Count > 0 && Draft[Name] is null));

    private string DefaultWords => string.Join(", ", _inherited.Select(effective => _option.Say(effective.Text)));

    private string? Workers => Draft[Name] is { } text ? PerformanceSettings.TryParse(text) is { } read ? read.MaxWorkers?.ToString(CultureInfo.InvariantCulture) : text.Replace("max-workers=", "", StringComparison.Ordinal) : null;

    private IReadOnlyList<string>? Choices => _option.Takes switch
    {
        OptionValue.Choice choice => choice.Words,
        OptionValue.Flag => Flags,
        _ => null,
    };

    private string Help => Name switch
    {
        "mode" => (Draft.Settings.Mode ?? Context.Conf.Mode ?? Engine.Guests.BackupMode.Snapshot).Meaning,
        "exclude-path" => $"{_option.Help} One glob a line, such as /var/cache/?*; a leading / means the container's root.",
        "notes-template" => $"{_option.Help} Write \\n where a line ends.",
        "mailto" => $"{_option.Help} Addresses or users of this host, with commas between them.",
        "ionice" => $"{_option.Help} 0 first, 7 last.",
        "performance" => $"{_option.Help} 1 to {PerformanceSettings.MostWorkers}.",
        _ => _option.Help,
    };

    protected override void OnParametersSet()
    {
        _option = OptionGroup.Option(Name);
        _inherited = Context.Inherited(Name, Draft.Settings);
    }

    private async Task SetAsync(string? text)
    {
        Draft[Name] = text;
        await Changed.InvokeAsync();
    }

    // What cannot be read as a number goes to the engine as it was typed, which says what is wrong.
    private string? PerformanceOf(ChangeEventArgs change)
    {
        var others = Draft[Name] is { } before && PerformanceSettings.TryParse(before) is { PbsEntriesMax: not null } read ? read with { MaxWorkers = null } : null;
        return string.Join(',', ((string?[])[TextOf(change) is { } text ? $"max-workers={text}" : null, others?.ToString()]).OfType<string>()) is { Length: > 0 } both ? both : null;
    }

    private static string? TextOf(ChangeEventArgs change) => (change.Value as string)?.Trim() is { Length: > 0 } text ? text : null;

    private static string? LinesOf(ChangeEventArgs change) =>
        (change.Value as string)?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } lines ? string.Join('\n', lines) : null;
}
