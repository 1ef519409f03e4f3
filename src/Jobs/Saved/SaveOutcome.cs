namespace VzDump.Jobs.Saved;

/// <summary>What came of saving a job.</summary>
public abstract record SaveOutcome
{
    private SaveOutcome()
    {
    }

    public sealed record Saved(SavedJob Job) : SaveOutcome;

    public sealed record Invalid(IReadOnlyList<DraftProblem> Problems) : SaveOutcome;

    /// <summary>Somebody else changed it since it was read. Nothing was saved.</summary>
    /// <param name="Now">As the other left it, with its name and time.</param>
    public sealed record ChangedMeanwhile(SavedJob Now) : SaveOutcome;

    /// <summary>It was deleted, or never was.</summary>
    public sealed record Gone : SaveOutcome;
}
