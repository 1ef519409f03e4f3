namespace VzDump.Jobs.Runs;

/// <summary>Which runs are listed; what is null does not choose.</summary>
public sealed record RunFilter
{
    /// <summary>Those that somebody may see.</summary>
    public RunScope? Scope { get; init; }

    public RunState? State { get; init; }

    /// <summary>The VMID or a part of the name of one of its guests, or a part of its saved job's name; in any case of letters.</summary>
    public string? Find { get; init; }
}
