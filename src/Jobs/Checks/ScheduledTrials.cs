using VzDump.Engine.Archives;
using VzDump.Engine.Restores;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Checks;

/// <summary>The door to restore tests by schedule.</summary>
public sealed class ScheduledTrials : ScheduledRounds<TrialPlan>
{
    private readonly RestoreProofs _proofs;
    private readonly ListArchives _list;

    internal ScheduledTrials(RestoreProofs proofs, RoundRuntime runtime)
        : base("scheduled restore tests", runtime) => (_proofs, _list) = (proofs, runtime.List);

    /// <summary>The plan, what was done, and what there is to do.</summary>
    public async Task<TrialStanding> ReadAsync(CancellationToken cancellation)
    {
        var plan = await FindPlanAsync(cancellation);
        var (listing, choice) = await LookAtAsync(plan, cancellation);
        var (next, last) = await ProgressAsync(plan, cancellation);
        return new TrialStanding(plan, next, last, choice.Newest.Count, choice.Proven, choice.Failing, choice.Overdue.Count, listing.Problems);
    }

    private protected override async Task<(IEnumerable<Archive> Due, IReadOnlyList<string> Problems)> ChooseAsync(TrialPlan plan, CancellationToken cancellation)
    {
        var (listing, choice) = await LookAtAsync(plan, cancellation);
        return (choice.InOrder, listing.Problems);
    }

    private protected override RunWork WorkOf(TrialPlan plan, ChosenArchive archive) =>
        new RunWork.Trial(new TrialRequest { ArchivePath = archive.Path, Storage = plan.Storage, Start = plan.Start });

    private async Task<(ArchiveListing Listing, TrialChoice Choice)> LookAtAsync(TrialPlan plan, CancellationToken cancellation)
    {
        var listing = await _list(null, cancellation);
        return (listing, TrialChoice.Of(listing.Archives, plan.Guests, await _proofs.ListAsync(cancellation), TimeSpan.FromDays(plan.AgainAfterDays), Now));
    }
}
