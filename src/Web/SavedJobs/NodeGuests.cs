using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;

namespace VzDump.Web.SavedJobs;

/// <summary>What guests there are, to say at once which of them a selection means.</summary>
/// <param name="Problems">Sentences about what could not be read.</param>
public sealed record NodeGuests(IReadOnlyList<Guest> Here, IReadOnlyList<RemoteGuest> Elsewhere, IReadOnlyDictionary<string, Pool> Pools, IReadOnlyList<string> Problems)
{
    /// <summary>As a run would find them now.</summary>
    public MeantGuests Of(GuestSelection selection)
    {
        switch (selection)
        {
            case GuestSelection.All all:
                return new MeantGuests([.. Here.Where(guest => !all.Except.Contains(guest.Id))], [], [], null);
            case GuestSelection.Pool pool:
                if (!Pools.TryGetValue(pool.Name, out var found))
                {
                    return new MeantGuests([], [], [], pool.Name.Length == 0 ? "Choose a pool." : $"There is no pool '{pool.Name}' in user.cfg: a run would fail.");
                }

                var members = found.Guests.Except(pool.Except).ToHashSet();
                return new MeantGuests([.. Here.Where(guest => members.Contains(guest.Id))], [.. OfOthers(members)], [], null);
            case GuestSelection.Ids ids:
                var named = ids.Guests.ToHashSet();
                IReadOnlyList<Guest> here = [.. Here.Where(guest => named.Contains(guest.Id))];
                IReadOnlyList<RemoteGuest> elsewhere = [.. OfOthers(named)];
                return new MeantGuests(here, elsewhere, [.. named.Except(here.Select(guest => guest.Id)).Except(elsewhere.Select(guest => guest.Id)).Order()], null);
            default:
                throw new InvalidOperationException();
        }
    }

    private IEnumerable<RemoteGuest> OfOthers(HashSet<GuestId> wanted) => Elsewhere.Where(guest => wanted.Contains(guest.Id) && Here.All(here => here.Id != guest.Id));
}

/// <param name="Here">The ones that are backed up.</param>
/// <param name="Elsewhere">Of other nodes: skipped.</param>
/// <param name="Unknown">VMIDs that no guest has: each fails.</param>
/// <param name="Problem">Why the selection as a whole cannot be run, one sentence; null when it can.</param>
public sealed record MeantGuests(IReadOnlyList<Guest> Here, IReadOnlyList<RemoteGuest> Elsewhere, IReadOnlyList<GuestId> Unknown, string? Problem)
{
    /// <summary>Such as <c>2 guests are backed up, 1 has no guest</c>.</summary>
    public string InWords
    {
        get
        {
            var parts = new List<string> { Here.Count switch { 0 => "No guest is backed up", 1 => "1 guest is backed up", var count => $"{count} guests are backed up" } };
            if (Elsewhere.Count > 0)
            {
                parts.Add($"{string.Join(", ", Elsewhere.Select(guest => $"{guest.Id} ({guest.Node})"))} skipped, on another node");
            }

            if (Unknown.Count > 0)
            {
                parts.Add($"no guest has {string.Join(", ", Unknown)}: {(Unknown.Count == 1 ? "it fails" : "they fail")}");
            }

            return string.Join("; ", parts);
        }
    }
}
