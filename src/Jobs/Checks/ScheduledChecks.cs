using VzDump.Engine.Archives;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Checks;

/// <summary>The door to checks of archives by schedule.</summary>
public sealed class ScheduledChecks : ScheduledRounds<CheckPlan>
{
    private readonly ArchiveChecks _checks;
    private readonly ListArchives _list;

    internal ScheduledChecks(ArchiveChecks checks, RoundRuntime runtime)
        : base("scheduled checks", runtime) => (_checks, _list) = (checks, runtime.List);

    /// <summary>The plan, what was done, and what there is to do.</summary>
    public async Task<CheckStanding> ReadAsync(CancellationToken cancellation)
    {
        var plan = await FindPlanAsync(cancellation);
        var (listing, choice) = await LookAtAsync(plan, cancellation);
        var (next, last) = await ProgressAsync(plan, cancellation);
        return new CheckStanding(plan, next, last, listing.Archives.Count, choice.Unchecked.Count, choice.Overdue.Count, listing.Problems);
    }

    private protected override async Task<(IEnumerable<Archive> Due, IReadOnlyList<string> Problems)> ChooseAsync(CheckPlan plan, CancellationToken cancellation)
    {
        var (listing, choice) = await LookAtAsync(plan, cancellation);
        return (choice.InOrder, listing.Problems);
    }

    private protected override RunWork WorkOf(CheckPlan plan, ChosenArchive archive) => new RunWork.Verify(archive.Path);

    private async Task<(ArchiveListing Listing, CheckChoice Choice)> LookAtAsync(CheckPlan plan, CancellationToken cancellation)
    {
        var listing = await _list(plan.Storages, cancellation);
        return (listing, CheckChoice.Of(listing.Archives, await _checks.ListAsync(cancellation), TimeSpan.FromDays(plan.AgainAfterDays), Now));
    }
}
