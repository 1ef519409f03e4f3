using VzDump.Jobs.Saved;

namespace VzDump.Jobs.Checks;

/// <summary>When archives are checked without being asked for, and which.</summary>
public sealed record CheckPlan : RoundPlan
{
    public override string Schedule { get; init; } = "sat 05:00";

    public override int MostAtOnce { get; init; } = 20;

    /// <summary>Names of the storages whose archives are checked; null for all.</summary>
    public IReadOnlyList<string>? Storages { get; init; }

    public override IEnumerable<DraftProblem> Problems() =>
        Storages is { Count: 0 } ? base.Problems().Append(new DraftProblem(nameof(Storages), "Choose at least one storage.")) : base.Problems();
}
