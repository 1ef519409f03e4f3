using VzDump.Engine.Schedules;

namespace VzDump.Engine.Backups;

/// <summary>A saved job: what to back up and how, and when.</summary>
public sealed record JobDefinition
{
    /// <summary>In characters.</summary>
    public const int LongestComment = 512;

    /// <summary>Its own name, e.g. <c>backup-0f4d6f9e-1234</c>.</summary>
    public required string Id { get; init; }

    public required BackupJob Job { get; init; }

    /// <summary>A calendar event as it was written; null for a job that only runs when somebody asks.</summary>
    public string? Schedule { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>One line.</summary>
    public string Comment { get; init; } = "";

    /// <summary>Whether a run that was due while nothing could run is made up for.</summary>
    public bool RepeatMissed { get; init; }

    /// <summary>What keeps it from being saved.</summary>
    public IReadOnlyList<OptionProblem> Problems() => [.. OwnProblems(), .. Job.Problems()];

    private IEnumerable<OptionProblem> OwnProblems()
    {
        if (!OptionText.IsJobId(Id))
        {
            yield return new OptionProblem("id", $"'{Id}' is not allowed for 'id': it takes letters, digits, - and _.");
        }

        if (Schedule is { } schedule && !CalendarEvent.TryParse(schedule, out _, out var problem))
        {
            yield return new OptionProblem("schedule", problem);
        }

        if (Comment.Length > LongestComment || !OptionText.IsLine(Comment))
        {
            yield return new OptionProblem("comment", $"A comment is one line of at most {LongestComment} characters.");
        }
    }
}
