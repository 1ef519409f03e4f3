namespace VzDump.Engine.Guests;

/// <summary>The guests of this node.</summary>
public sealed class GuestInventory
{
    /// <summary>Ordered by VMID. A configuration that cannot be read becomes a problem and does not hide the others.</summary>
    public Task<GuestListing> ListAsync(CancellationToken cancellation) => throw new NotSupportedException();
}

/// <param name="Problems">Sentences for a person, each with the file it is about.</param>
public sealed record GuestListing(IReadOnlyList<GuestState> Guests, IReadOnlyList<string> Problems);

/// <param name="Lock">Why its configuration is locked (<c>backup</c>, <c>migrate</c> …); null when it is not.</param>
public sealed record GuestState(Guest Guest, GuestStatus Status, string? Lock);
