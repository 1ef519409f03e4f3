using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Jobs.Runs;
using VzDump.Web.Archives;
using VzDump.Web.Proofs;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Guests;

/// <summary>Reads together what the list of guests shows.</summary>
public sealed class GuestBoard(GuestInventory guests, ArchiveDesk archives, ProofDesk proofs, RunDesk runs, TimeProvider time)
{
    /// <summary>Progress is looked up this often, everything anew each <see cref="TicksToWhole"/> ticks.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    public const int TicksToWhole = 30;

    // Working and waiting runs are the newest ones; more than this many do not wait at a time.
    private const int NewestRuns = 50;

    /// <summary>An element whenever some run has changed its state.</summary>
    public IAsyncEnumerable<long> WatchRunsAsync(CancellationToken cancellation) => runs.WatchAllAsync(cancellation);

    public PeriodicTimer NewTimer() => new(Pace, time);

    public async Task<GuestBoardView> ReadAsync(Rights rights, CancellationToken cancellation)
    {
        var reading = archives.ListAsync(rights, cancellation);
        var listing = rights.See(await guests.ListAsync(cancellation));
        var kept = await reading;
        var working = await WorkingAsync(rights, cancellation);
        var newest = kept.Archives.Where(archive => archive.Guest is not null)
            .GroupBy(archive => (archive.Guest!.Value, archive.Kind)).ToDictionary(group => group.Key, group => group.MaxBy(archive => archive.Time));
        var known = await proofs.ListAsync(rights, cancellation);
        var rows = listing.Guests.Select(state => new GuestRow(state, newest.GetValueOrDefault((state.Guest.Id, state.Guest.Kind)), WorkOn(state.Guest.Id, working))
        {
            Proof = known.StateOf(state.Guest.Id, time.GetUtcNow()),
        }).ToList();
        return new GuestBoardView(rows, GuestSafety.Of(rows, time.GetUtcNow()), [.. listing.Problems, .. kept.Problems]) { MayRun = rights.May(Role.Operator), MayChange = rights.AdministersNode };
    }

    /// <summary>The same guests with the progress of this moment; much cheaper than reading all.</summary>
    public async Task<GuestBoardView> FollowAsync(GuestBoardView view, Rights rights, CancellationToken cancellation)
    {
        var working = await WorkingAsync(rights, cancellation);
        return view with { Rows = [.. view.Rows.Select(row => row with { Work = WorkOn(row.Id, working) })] };
    }

    private async Task<IReadOnlyList<Run>> WorkingAsync(Rights rights, CancellationToken cancellation) =>
        [.. (await runs.ListAsync(rights, 0, NewestRuns, cancellation)).Where(run => !run.State.IsFinal)];

    /// <summary>The run that works on this guest, else the one that will.</summary>
    internal static GuestWork? WorkOn(GuestId guest, IReadOnlyList<Run> working)
    {
        GuestWork? waiting = null;
        foreach (var run in working)
        {
            switch (run.Tasks.FirstOrDefault(task => task.Guest == guest))
            {
                case { State: RunTaskState.Running } task:
                    return new GuestWork(run.Id, task) { Doing = run.Work switch { RunWork.Restore => "Restoring", RunWork.Verify => "Checking an archive", RunWork.Trial => "Testing a restore", _ => "Backing up" } };
                case { State: RunTaskState.Todo } task:
                    waiting = new GuestWork(run.Id, task);
                    break;
                case null when run.Tasks.Count == 0 && Means(run.Job.Selection, guest):
                    waiting ??= new GuestWork(run.Id, null);
                    break;
            }
        }

        return waiting;
    }

    private static bool Means(GuestSelection selection, GuestId guest) => selection switch
    {
        GuestSelection.Ids ids => ids.Guests.Contains(guest),
        GuestSelection.All all => !all.Except.Contains(guest),
        _ => false,
    };
}
