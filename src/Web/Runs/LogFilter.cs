using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Web.Runs;

/// <summary>Which lines of a log are shown.</summary>
/// <param name="Guest">Null for all lines; lines of the run itself are shown with each guest.</param>
/// <param name="Least">The least level.</param>
public sealed record LogFilter(GuestId? Guest, LogLevel Least, string? Find)
{
    public static readonly LogFilter Everything = new(null, LogLevel.Info, null);

    /// <summary>What stands in an address; what is not understood filters nothing.</summary>
    public static LogFilter Parse(string? guest, string? level, string? find) => new(
        GuestId.TryParse(guest, out var id) ? id : null,
        level switch { "warn" => LogLevel.Warn, "error" => LogLevel.Error, _ => LogLevel.Info },
        string.IsNullOrEmpty(find) ? null : find);

    public bool Shows(RunLogLine line) =>
        line.Level >= Least
        && (Guest is null || line.Guest is null || line.Guest == Guest)
        && (Find is null || line.Text.Contains(Find, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same list when nothing is filtered.</summary>
    public IReadOnlyList<RunLogLine> Of(IReadOnlyList<RunLogLine> lines) => this == Everything ? lines : [.. lines.Where(Shows)];
}
