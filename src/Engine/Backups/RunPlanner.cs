using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;

namespace VzDump.Engine.Backups;

/// <summary>The guests that a run backs up, in its order.</summary>
/// <param name="Tasks">A VMID that no guest has is among them, and fails.</param>
/// <param name="Elsewhere">Guests of other nodes, which are skipped.</param>
/// <param name="Problems">Configurations that could not be read.</param>
internal sealed record RunPlan(IReadOnlyList<(GuestId Id, Guest? Guest)> Tasks, IReadOnlyList<GuestId> Elsewhere, IReadOnlyList<string> Problems);

/// <summary>Finds out which guests a job means on this node.</summary>
internal sealed class RunPlanner(GuestInventory inventory, ClusterGuests cluster, NodePaths paths)
{
    /// <exception cref="ProblemException">There is no such pool, or the person behind the run may not back up a guest that the job names.</exception>
    public async Task<RunPlan> PlanAsync(BackupJob job, RunTerms terms, CancellationToken cancellation)
    {
        var listing = await inventory.ListAsync(cancellation);
        var here = listing.Guests.Select(state => state.Guest).ToList();
        switch (job.Selection)
        {
            // Of all guests and of a pool's, those that he may not back up are left out in silence.
            case GuestSelection.All all:
                // What only stands here for a restore test is removed again.
                return Of(here.Where(guest => !all.Except.Contains(guest.Id) && !guest.IsTrial));
            case GuestSelection.Pool pool:
                var members = (await UserConfig.ReadAsync(paths, cancellation)).MembersOf(pool.Name).Except(pool.Except).ToList();
                var elsewhere = Elsewhere(members);
                return Of(here.Where(guest => members.Contains(guest.Id))) with { Elsewhere = elsewhere };
            case GuestSelection.Ids ids:
                var named = ids.Guests.Distinct().Order().ToList();
                if (named.Where(id => !terms.MayBackUp(id)).ToList() is { Count: > 0 } forbidden)
                {
                    throw new ProblemException($"Permission check failed: you may not back up {string.Join(", ", forbidden)}. Ask an administrator for the right to.");
                }

                var skipped = Elsewhere(named);
                return new RunPlan([.. named.Except(skipped).Select(id => (id, here.Find(guest => guest.Id == id)))], skipped, listing.Problems);
            default:
                throw new InvalidOperationException();
        }

        RunPlan Of(IEnumerable<Guest> guests) => new([.. guests.Where(guest => terms.MayBackUp(guest.Id)).Select(guest => (guest.Id, (Guest?)guest))], [], listing.Problems);

        List<GuestId> Elsewhere(IReadOnlyCollection<GuestId> wanted) =>
            [.. cluster.OfOtherNodes().Select(guest => guest.Id).Where(wanted.Contains).Except(here.Select(guest => guest.Id))];
    }
}
