using System.Runtime.CompilerServices;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Live;

/// <summary>The live view of runs: a snapshot, then what changes. A watcher reads at its own pace; a slow one holds nobody up and misses no line.</summary>
public sealed class RunFeed
{
    /// <summary>The most log lines in one update.</summary>
    public const int LinesAtOnce = 2000;

    private readonly BackupRuns _runs;
    private readonly RunLogFiles _logFiles;
    private readonly RunChanges _changes;
    private readonly TimeProvider _time;

    internal RunFeed(BackupRuns runs, RunLogFiles logFiles, RunChanges changes, TimeProvider time)
    {
        _runs = runs;
        _logFiles = logFiles;
        _changes = changes;
        _time = time;
    }

    private static TimeSpan Pause => TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// First the run as it is with the log lines after <paramref name="afterLine"/> (in batches of at most 2000, each an update without
    /// delay), then an update at most every 100 ms while it works. Ends after the update that shows it finished and holds its last line:
    /// when many lines are left, several updates show it finished. Ends at once when the run is unknown. Works the same for a run that is
    /// long over.
    /// </summary>
    public async IAsyncEnumerable<RunUpdate> WatchAsync(Guid run, long afterLine, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var changes = _changes.Begin(run);
        if (await _runs.FindAsync(run, cancellation) is not { } now)
        {
            yield break;
        }

        using var log = new RunLogReader(_logFiles.PathOf(now), afterLine);
        while (true)
        {
            // The run was read before its lines: when it is over, all its lines are in the file.
            var end = log.Length;
            IReadOnlyList<RunLogLine> lines;
            do
            {
                lines = await log.ReadAsync(LinesAtOnce, cancellation);
                yield return new RunUpdate(now, lines);
            }
            while (lines.Count == LinesAtOnce && log.Position < end);

            if (now.State.IsFinal)
            {
                yield break;
            }

            await Task.Delay(Pause, _time, cancellation);
            await changes.WaitAsync(cancellation);
            now = await _runs.FindAsync(run, cancellation) ?? now;
        }
    }

    /// <summary>
    /// An element whenever some run was queued, changed its state, or one of its tasks did, or a saved job was changed; also one at the start. At most ten a second.
    /// The numbers grow and mean nothing else.
    /// </summary>
    public async IAsyncEnumerable<long> WatchAllAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var changes = _changes.Begin(run: null);
        while (true)
        {
            var told = _changes.Version;
            yield return told;
            await Task.Delay(Pause, _time, cancellation);

            // A signal that came just before the number was read told of a change that the number held already.
            while (_changes.Version == told)
            {
                await changes.WaitAsync(cancellation);
            }
        }
    }
}

/// <summary>A run as it is, and the log lines that were not told before.</summary>
public sealed record RunUpdate(Run Run, IReadOnlyList<RunLogLine> NewLines);
