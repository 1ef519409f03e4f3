using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Jobs.Checks;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Web.Archives;
using VzDump.Web.SignIn;

namespace VzDump.Web.Proofs;

/// <summary>Restore tests for pages: what is known of guests from them, and their start, no further than the rights of who asks allow.</summary>
public sealed class ProofDesk(ArchiveDesk archives, RestoreProofs proofs, ScheduledTrials trials, BackupRuns runs)
{
    /// <summary>What is known of the guests that he sees.</summary>
    public async Task<KnownProofs> ListAsync(Rights rights, CancellationToken cancellation)
    {
        var known = await proofs.ListAsync(cancellation);
        var plan = await trials.FindPlanAsync(cancellation);
        return new KnownProofs(known.Where(guest => rights.Sees(guest.Key)).ToDictionary(), TimeSpan.FromDays(plan.AgainAfterDays));
    }

    /// <summary>Queues a restore test of the archive; answers its run.</summary>
    /// <exception cref="ProblemException">There is no such archive, it is nobody's, or he may not.</exception>
    public async Task<Guid> StartAsync(Rights rights, ArchiveId id, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        var archive = await archives.FindAsync(rights, id, cancellation) ?? throw new ProblemException($"There is no archive '{id.Name}' on the storage '{id.Storage}' any more.");
        var guest = archive.Guest ?? throw new ProblemException($"'{id.Name}' was renamed: whose archive it is cannot be told from its name. Give it its name back, then its restore can be tested.");
        // Where and how far is a matter of the node, as for tests by schedule.
        var plan = await trials.FindPlanAsync(cancellation);
        return await runs.StartTrialAsync(new TrialRequest { ArchivePath = archive.Path, Storage = plan.Storage, Start = plan.Start }, guest, rights.Who, cancellation);
    }

    /// <summary>The same with the guest's newest archive.</summary>
    /// <exception cref="ProblemException">The guest has none, or he may not.</exception>
    public async Task<Guid> StartNewestAsync(Rights rights, GuestId guest, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        var newest = (await archives.ListAsync(rights, cancellation)).Archives.Where(archive => archive.Guest == guest).MaxBy(archive => archive.Time)
            ?? throw new ProblemException($"The guest {guest} has no archive whose restore could be tested. Back it up first.");
        return await StartAsync(rights, ArchiveId.Of(newest), cancellation);
    }
}

/// <summary>What is known of guests from restore tests.</summary>
/// <param name="StaleAfter">A proof that is older is too old.</param>
public sealed record KnownProofs(IReadOnlyDictionary<GuestId, GuestProof> Guests, TimeSpan StaleAfter)
{
    public static KnownProofs None { get; } = new(new Dictionary<GuestId, GuestProof>(), TimeSpan.Zero);

    /// <param name="now">By which it is told whether it is too old.</param>
    public ProofState StateOf(GuestId guest, DateTimeOffset now) => new(Guests.GetValueOrDefault(guest), Guests.TryGetValue(guest, out var known) && now - known.Last.At > StaleAfter);
}
