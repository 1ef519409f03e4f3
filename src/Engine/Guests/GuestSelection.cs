namespace VzDump.Engine.Guests;

/// <summary>Which guests a job means.</summary>
public abstract record GuestSelection
{
    private GuestSelection()
    {
    }

    /// <summary>The guests with these VMIDs, each backed up even if it must fail because it does not exist.</summary>
    public sealed record Ids(IReadOnlyList<GuestId> Guests) : GuestSelection;

    /// <summary>Every guest of this node but these.</summary>
    public sealed record All(IReadOnlyList<GuestId> Except) : GuestSelection;

    /// <summary>The members of a pool of user.cfg but these.</summary>
    public sealed record Pool(string Name, IReadOnlyList<GuestId> Except) : GuestSelection;
}
