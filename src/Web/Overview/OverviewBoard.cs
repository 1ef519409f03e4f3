using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;
using VzDump.Engine.Schedules;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.StorageUse;
using VzDump.Web.Archives;
using VzDump.Web.Guests;
using VzDump.Web.Proofs;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Overview;

/// <summary>Reads together what the start page shows.</summary>
public sealed class OverviewBoard(
    GuestInventory guests, ArchiveDesk archives, ProofDesk proofs, PastBackups past, RunDesk runs, BackupRuns allRuns, BackupJobs jobs, StorageInventory storages, StorageTrends trends, NodePaths paths, TimeProvider time)
{
    /// <summary>Progress is looked up this often, everything anew each <see cref="TicksToWhole"/> ticks.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    public const int TicksToWhole = 60;

    private const int NewestRuns = 50, NextRuns = 5;

    public PeriodicTimer NewTimer() => new(Pace, time);

    /// <summary>An element whenever some run or job has changed.</summary>
    public IAsyncEnumerable<long> WatchAllAsync(CancellationToken cancellation) => runs.WatchAllAsync(cancellation);

    /// <param name="viewer">The zone in which who looks counts days.</param>
    public async Task<OverviewView> ReadAsync(Rights rights, TimeZoneInfo viewer, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var since = DayBoard.SinceOf(now, viewer);
        var (keeping, storing, remembering) = (archives.ListAsync(rights, cancellation), StoragesAsync(cancellation), past.ListAsync(since, cancellation));
        var listing = rights.See(await guests.ListAsync(cancellation));
        var saved = await jobs.ListAsync(cancellation);
        var covering = await CoverAsync(saved, listing, paths, cancellation);
        var (history, kept, places) = (rights.See(await remembering), await keeping, await storing);
        var checks = await archives.ListChecksAsync(cancellation);
        var lost = (await proofs.ListAsync(rights, cancellation)).Guests.Where(guest => !guest.Value.Last.IsProven).Select(guest => guest.Key).ToHashSet();
        var board = DayBoard.Of(
            listing.Guests.Select(state => state.Guest), history.Backups, covering, await allRuns.ListMissedAsync(since, cancellation), now, time.LocalTimeZone, viewer);
        return new OverviewView(
            OverviewState.Of(board, places.Storages, kept.Archives.Select(archive => archive.Guest).OfType<GuestId>().ToHashSet(), [.. kept.Archives.Where(archive => checks.TryGetValue(archive.Path, out var check) && !check.IsSound)], lost),
            board,
            await WorkingAsync(rights, cancellation),
            [.. covering.Where(job => job.Guests.Count > 0 || rights.SeesAll).Select(job => job.Job).Where(job => job.NextRun is not null).OrderBy(job => job.NextRun).Take(NextRuns)],
            places.Storages,
            await trends.ReadAsync(cancellation),
            [.. listing.Problems.Concat(kept.Problems).Concat(history.Problems).Concat(places.Problems).Distinct()]);
    }

    /// <summary>Those that work or wait, the next one to end first.</summary>
    public async Task<IReadOnlyList<Run>> WorkingAsync(Rights rights, CancellationToken cancellation) =>
        [.. (await runs.ListAsync(rights, 0, NewestRuns, cancellation)).Where(run => !run.State.IsFinal).OrderBy(run => run.Place ?? 0).ThenBy(run => run.CreatedAt)];

    /// <summary>The jobs with the guests of this node that they mean now.</summary>
    internal static async Task<IReadOnlyList<CoveringJob>> CoverAsync(IReadOnlyList<SavedJob> saved, GuestListing listing, NodePaths paths, CancellationToken cancellation)
    {
        var pools = saved.Any(job => job.Definition.Selection is GuestSelection.Pool) ? (await UserConfig.ReadAsync(paths, cancellation)).Pools : null;
        return [.. saved.Select(job => new CoveringJob(
            job,
            job.Schedule is { } text && CalendarEvent.TryParse(text, out var schedule, out _) ? schedule : null,
            listing.Guests.Select(state => state.Guest.Id).Where(guest => Means(job, guest)).ToHashSet()))];

        bool Means(SavedJob job, GuestId guest) => (job.Definition.Settings.Node is null || job.Definition.Settings.Node == NodePaths.NodeName) && job.Definition.Selection switch
        {
            GuestSelection.Ids ids => ids.Guests.Contains(guest),
            GuestSelection.All all => !all.Except.Contains(guest),
            GuestSelection.Pool pool => pools!.TryGetValue(pool.Name, out var found) && found.Guests.Contains(guest) && !pool.Except.Contains(guest),
            _ => false,
        };
    }

    private async Task<(IReadOnlyList<StorageState> Storages, IReadOnlyList<string> Problems)> StoragesAsync(CancellationToken cancellation)
    {
        try
        {
            return (await storages.ListAsync(cancellation), []);
        }
        catch (Engine.ProblemException problem)
        {
            return ([], [problem.Message]);
        }
    }
}

/// <summary>What the start page shows.</summary>
/// <param name="Working">Runs that work or wait.</param>
/// <param name="Next">Jobs that are due next, soonest first.</param>
public sealed record OverviewView(
    OverviewState State, DayBoard Board, IReadOnlyList<Run> Working, IReadOnlyList<SavedJob> Next, IReadOnlyList<StorageState> Storages, IReadOnlyDictionary<string, StorageTrend> Trends,
    IReadOnlyList<string> Problems);
