namespace VzDump.Engine.Guests;

/// <summary>The guests of this node.</summary>
public sealed class GuestInventory(IEnumerable<IGuestDriver> drivers)
{
    /// <summary>Ordered by VMID. A configuration that cannot be read becomes a problem and does not hide the others.</summary>
    public async Task<GuestListing> ListAsync(CancellationToken cancellation)
    {
        var listings = await Task.WhenAll(drivers.Select(driver => driver.ListAsync(cancellation)));
        var guests = listings.SelectMany(listing => listing.Guests).OrderBy(state => state.Guest.Id).ToList();
        var doubles = guests.GroupBy(state => state.Guest.Id).Where(group => group.Count() > 1)
            .Select(group => $"The VMID {group.Key} is used twice: {string.Join(" and ", group.Select(state => state.Guest.ConfigPath))}.");
        return new GuestListing(guests, [.. listings.SelectMany(listing => listing.Problems), .. doubles]);
    }

    /// <summary>The driver that knows this type.</summary>
    public IGuestDriver DriverOf(GuestKind kind) => drivers.First(driver => driver.Kind == kind);
}

/// <param name="Problems">Sentences for a person, each with the file it is about.</param>
public sealed record GuestListing(IReadOnlyList<GuestState> Guests, IReadOnlyList<string> Problems);

/// <param name="Lock">Why its configuration is locked (<c>backup</c>, <c>migrate</c> …); null when it is not.</param>
public sealed record GuestState(Guest Guest, GuestStatus Status, string? Lock);
