using VzDump.Engine.Backups;
using VzDump.Engine.Schedules;

namespace VzDump.Jobs.Saved;

/// <summary>What somebody wants a job to be. Only one without <see cref="Problems"/> is saved.</summary>
public sealed record JobDraft
{
    /// <summary>In characters.</summary>
    public const int LongestName = 100;

    public required string Name { get; init; }

    public string Comment { get; init; } = "";

    public bool Enabled { get; init; } = true;

    /// <summary>A calendar event; empty or null for a job that is only run by hand.</summary>
    public string? Schedule { get; init; }

    public bool RepeatMissed { get; init; }

    public required BackupJob Definition { get; init; }

    public static JobDraft From(SavedJob job) => new()
    {
        Name = job.Name,
        Comment = job.Comment,
        Enabled = job.Enabled,
        Schedule = job.Schedule,
        RepeatMissed = job.RepeatMissed,
        Definition = job.Definition,
    };

    /// <summary>Why it cannot be saved, each with the field that it belongs to; empty when it can.</summary>
    public IReadOnlyList<DraftProblem> Problems() => [.. FindProblems()];

    private IEnumerable<DraftProblem> FindProblems()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            yield return new DraftProblem(nameof(Name), "Give the job a name.");
        }
        else if (Name.Trim().Length > LongestName)
        {
            yield return new DraftProblem(nameof(Name), $"A name holds at most {LongestName} characters.");
        }

        if (Comment.Length > JobDefinition.LongestComment || Comment.Any(char.IsControl))
        {
            yield return new DraftProblem(nameof(Comment), $"A comment is one line of at most {JobDefinition.LongestComment} characters.");
        }

        if (!string.IsNullOrWhiteSpace(Schedule) && !CalendarEvent.TryParse(Schedule, out _, out var problem))
        {
            yield return new DraftProblem(nameof(Schedule), problem);
        }

        foreach (var option in Definition.Problems())
        {
            yield return new DraftProblem(option.Field, option.Message);
        }
    }
}

/// <param name="Field">The name of the property, or of vzdump's option.</param>
/// <param name="Sentence">For the person who typed.</param>
public sealed record DraftProblem(string Field, string Sentence);
