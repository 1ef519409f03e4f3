using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Jobs.Runs;

/// <summary>A line of a run's log.</summary>
/// <param name="Number">1 for the run's first line, then without gaps.</param>
/// <param name="Guest">Null for lines of the run itself.</param>
public sealed record RunLogLine(long Number, DateTimeOffset At, LogLevel Level, GuestId? Guest, string Text);
