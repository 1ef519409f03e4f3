using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Live;

/// <summary>The live view of runs: a snapshot, then what changes.</summary>
public sealed class RunFeed
{
    /// <summary>
    /// First the run as it is with the log lines after <paramref name="afterLine"/> (in batches of at most 2000), then an update at most every
    /// 100 ms while it works. Ends after the update that shows it finished; at once when the run is unknown. Works the same for a run
    /// that is long over.
    /// </summary>
    public IAsyncEnumerable<RunUpdate> WatchAsync(Guid run, long afterLine, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>An element whenever some run was queued, changed its state, or one of its tasks did; also one at the start. At most ten a second.</summary>
    public IAsyncEnumerable<long> WatchAllAsync(CancellationToken cancellation) => throw new NotSupportedException();
}

/// <summary>A run as it is, and the log lines that were not told before.</summary>
public sealed record RunUpdate(Run Run, IReadOnlyList<RunLogLine> NewLines);
