using VzDump.Jobs.Saved;

namespace VzDump.Jobs.Checks;

/// <summary>When guests are restored for a test without being asked for, and which.</summary>
public sealed record TrialPlan : RoundPlan
{
    public override string Schedule { get; init; } = "sun 05:00";

    public override int MostAtOnce { get; init; } = 3;

    /// <summary>VMIDs of the guests that are tested; null for all that have archives.</summary>
    public IReadOnlyList<int>? Guests { get; init; }

    /// <summary>Name of the storage that takes the volumes meanwhile; null for those that the archives name.</summary>
    public string? Storage { get; init; }

    /// <summary>Whether the restored guests are started, where this host can.</summary>
    public bool Start { get; init; } = true;

    public override IEnumerable<DraftProblem> Problems() =>
        Guests is { Count: 0 } ? base.Problems().Append(new DraftProblem(nameof(Guests), "Choose at least one guest.")) : base.Problems();
}

/// <summary>How things stand with restore tests.</summary>
/// <param name="Next">When they are due next; null when they are off.</param>
/// <param name="Last">What was done at the last due time, or is being done; null when there was none yet.</param>
/// <param name="Guests">How many guests of the plan have archives.</param>
/// <param name="Proven">How many of them came back in their last test.</param>
/// <param name="Failing">How many did not.</param>
/// <param name="Overdue">How many were last tested too long ago.</param>
/// <param name="Problems">Sentences about storages that could not be read.</param>
public sealed record TrialStanding(TrialPlan Plan, DateTimeOffset? Next, CheckRound? Last, int Guests, int Proven, int Failing, int Overdue, IReadOnlyList<string> Problems)
{
    /// <summary>How many were never tested.</summary>
    public int Untested => Guests - Proven - Failing;
}
