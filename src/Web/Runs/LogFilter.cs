using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Web.Runs;

/// <summary>What of a log is shown, and what is looked for in it.</summary>
/// <param name="Guest">Null for all lines; lines of the run itself are shown with each guest.</param>
/// <param name="Least">The least level.</param>
/// <param name="Find">Text that is looked for; it hides no line.</param>
/// <param name="Line">The line that is pointed to.</param>
public sealed record LogFilter(GuestId? Guest, LogLevel Least, string? Find, long? Line = null)
{
    public static readonly LogFilter Everything = new(null, LogLevel.Info, null);

    /// <summary>What stands in an address; what is not understood filters nothing.</summary>
    public static LogFilter Parse(string? guest, string? level, string? find, string? line = null) => new(
        GuestId.TryParse(guest, out var id) ? id : null,
        level switch { "warn" => LogLevel.Warn, "error" => LogLevel.Error, _ => LogLevel.Info },
        string.IsNullOrEmpty(find) ? null : find,
        long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null);

    public bool Shows(RunLogLine line) => line.Level >= Least && (Guest is null || line.Guest is null || line.Guest == Guest);

    public bool Finds(RunLogLine line) => Find is not null && line.Text.Contains(Find, StringComparison.OrdinalIgnoreCase);
}
