using System.Threading.Channels;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Live;

/// <summary>
/// A run while it works: what the engine tells it, it shows at once and passes on in the same order to the <see cref="RunRecorder"/>.
/// The engine is never held up and never hears an error, whatever happens to the database, to the log file or to a watcher.
/// </summary>
internal sealed class LiveRun(RunChanges changes) : IProgress<BackupEvent>
{
    private readonly Lock _gate = new();

    // Not disposed: it has no timer, and whoever wants to stop the run may come late.
    private readonly CancellationTokenSource _stop = new();

    // Text that waits to be written, in characters. Only a disk that hangs lets it grow so far.
    private const int MostWaiting = 16 * 1024 * 1024;

    private readonly Channel<BackupEvent> _events = Channel.CreateUnbounded<BackupEvent>(new UnboundedChannelOptions { SingleReader = true });
    private Run? _run;
    private string? _stoppedBy;
    private StopKind? _stopping;
    private long _waiting;
    private long _dropped;

    /// <summary>Null until the run is claimed.</summary>
    public Run? Now => Volatile.Read(ref _run);

    /// <summary>Cancelled when a person wants the run to stop.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Log lines and changes of tasks; progress is not among them. Ends after <see cref="Complete"/>.</summary>
    public ChannelReader<BackupEvent> Events => _events.Reader;

    public void Begin(Run run)
    {
        lock (_gate)
        {
            _run = run with { CancelledBy = run.CancelledBy ?? _stoppedBy, Stopping = _stopping };
        }

        changes.QueueMoved();
    }

    /// <summary>Who asked first is the one who is named; a later wish may only be the more urgent one.</summary>
    public void Stop(StopKind kind, string by)
    {
        bool now;
        lock (_gate)
        {
            _stoppedBy ??= by;

            // While it waits for the node's lock, say, no guest is being worked on, and there is nothing to wait for.
            now = kind is StopKind.Now || _run is not { } working || working.Tasks.All(task => task.State is not RunTaskState.Running);
            _stopping = now ? StopKind.Now : _stopping ?? kind;
            _run = _run is { } run ? run with { CancelledBy = run.CancelledBy ?? by, Stopping = _stopping } : _run;
        }

        if (now)
        {
            // On another thread: what the engine has registered on its token must not run in the caller's time.
            _ = _stop.CancelAsync();
        }
    }

    /// <summary>How many lines were dropped since the last call because the disk did not take them.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    /// <summary>A line was taken from <see cref="Events"/>.</summary>
    public void Written(BackupEvent.Logged line) => Interlocked.Add(ref _waiting, -line.Text.Length);

    public void Report(BackupEvent value)
    {
        if (value is BackupEvent.Logged line)
        {
            if (Interlocked.Add(ref _waiting, line.Text.Length) > MostWaiting)
            {
                // The backup is worth more than its log: neither is it held up, nor may it run out of memory.
                Interlocked.Add(ref _waiting, -line.Text.Length);
                Interlocked.Increment(ref _dropped);
                return;
            }

            _events.Writer.TryWrite(value);
            return;
        }

        Guid id;
        bool stops;
        lock (_gate)
        {
            if (_run is not { } run)
            {
                return;
            }

            _run = run with { Tasks = Apply(value, run.Tasks) };
            id = run.Id;

            // When it was the last guest, the run is done as it should be.
            stops = value is BackupEvent.TaskFinished && _stopping is StopKind.AfterThisGuest && !_run.Tasks.All(task => task.IsFinished);
        }

        if (stops)
        {
            StopBetweenGuests();
        }

        if (value is BackupEvent.TaskProgressed)
        {
            changes.Progressed(id);
            return;
        }

        _events.Writer.TryWrite(value);
        changes.StateChanged(id);
    }

    /// <summary>Nothing more is taken in.</summary>
    public void Complete() => _events.Writer.TryComplete();

    // In the engine's own time: it looks at its token when this returns, before the next guest.
    private void StopBetweenGuests()
    {
        try
        {
            _stop.Cancel();
        }
        catch (AggregateException)
        {
            // What somebody had registered on the token threw. The engine must not hear of that here, and the token is cancelled.
        }
    }

    private static IReadOnlyList<RunTask> Apply(BackupEvent value, IReadOnlyList<RunTask> tasks) => value switch
    {
        BackupEvent.TasksPlanned planned =>
            [.. planned.Tasks.Select(task => new RunTask { Guest = task.Guest, Kind = task.Kind, Name = task.Name })],
        BackupEvent.TaskStarted started => Replace(tasks, started.Guest, task => task with { State = RunTaskState.Running, StartedAt = started.At }),
        BackupEvent.TaskProgressed progressed => Replace(tasks, progressed.Guest, task => task with { Progress = progressed.Progress }),
        BackupEvent.TaskFinished finished => Replace(tasks, finished.Guest, task => task.Finished(finished.Outcome, finished.At)),
        _ => tasks,
    };

    private static IReadOnlyList<RunTask> Replace(IReadOnlyList<RunTask> tasks, GuestId guest, Func<RunTask, RunTask> change)
    {
        var copy = tasks.ToArray();
        var at = Array.FindIndex(copy, task => task.Guest == guest && !task.IsFinished);
        if (at >= 0)
        {
            copy[at] = change(copy[at]);
        }

        return copy;
    }
}
