namespace VzDump.Jobs.Runs;

/// <summary>What came of asking to repeat a run.</summary>
public abstract record RetryOutcome
{
    private RetryOutcome()
    {
    }

    /// <summary>A new run is queued.</summary>
    public sealed record Started(Guid Run) : RetryOutcome;

    /// <param name="Reason">A sentence for the person who asked.</param>
    public sealed record Refused(string Reason) : RetryOutcome;
}
