using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;

namespace VzDump.Engine.Backups;

/// <summary>How a whole run ended.</summary>
/// <param name="Error">Why the run as a whole failed (<c>job errors</c> when only guests did); null when every guest is safe.</param>
public sealed record RunResult(IReadOnlyList<TaskResult> Tasks, string? Error)
{
    /// <summary>vzdump's word for a run that failed only because guests did.</summary>
    public const string JobErrors = "job errors";

    public bool Succeeded => Error is null;
}

public sealed record TaskResult(GuestId Guest, TaskOutcome Outcome)
{
    /// <summary>Of a restore test: what was seen, also when that was not enough; null when nothing was restored, and of other work.</summary>
    public TrialEvidence? Evidence { get; init; }
}
