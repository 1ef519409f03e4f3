namespace VzDump.Jobs.Runs;

/// <summary>What made a run begin. Who it was stands in <see cref="Run.StartedBy"/>.</summary>
public abstract record RunTrigger
{
    private RunTrigger()
    {
    }

    /// <summary>A person, a program that a person let in, or the command line.</summary>
    public sealed record Manual : RunTrigger;

    /// <summary>The schedule of its job.</summary>
    /// <param name="At">When it was due; it begins later when other runs work.</param>
    public sealed record Schedule(DateTimeOffset At) : RunTrigger;

    /// <summary>The schedule, while this program could not work: it stands for every due time that was missed.</summary>
    /// <param name="At">The last of them.</param>
    /// <param name="Missed">How many there were, at most <see cref="MostCounted"/>.</param>
    public sealed record CatchUp(DateTimeOffset At, int Missed) : RunTrigger;

    /// <summary>The guests that have no archive from another run.</summary>
    public sealed record Retry(Guid Of) : RunTrigger;

    /// <summary>Where counting of missed due times ends.</summary>
    public const int MostCounted = 1000;

    internal RunTriggerKind Kind => this switch
    {
        Schedule => RunTriggerKind.Schedule,
        CatchUp => RunTriggerKind.CatchUp,
        Retry => RunTriggerKind.Retry,
        _ => RunTriggerKind.Manual,
    };

    internal DateTimeOffset? Due => this switch
    {
        Schedule schedule => schedule.At,
        CatchUp catchUp => catchUp.At,
        _ => null,
    };

    internal static RunTrigger From(RunTriggerKind kind, DateTimeOffset? due, int? missed, Guid? retryOf) => (kind, due, retryOf) switch
    {
        (RunTriggerKind.Schedule, { } at, _) => new Schedule(at),
        (RunTriggerKind.CatchUp, { } at, _) => new CatchUp(at, missed ?? 1),
        (RunTriggerKind.Retry, _, { } of) => new Retry(of),
        _ => new Manual(),
    };
}

/// <summary>The names of the triggers in the database.</summary>
internal enum RunTriggerKind
{
    Manual,
    Schedule,
    CatchUp,
    Retry,
}
