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

    private readonly Channel<BackupEvent> _events = Channel.CreateUnbounded<BackupEvent>(new UnboundedChannelOptions { SingleReader = true });
    private Run? _run;
    private string? _stoppedBy;

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
            _run = run with { CancelledBy = run.CancelledBy ?? _stoppedBy };
        }

        changes.StateChanged(run.Id);
    }

    public void Stop(string by)
    {
        lock (_gate)
        {
            _stoppedBy ??= by;
            _run = _run is { CancelledBy: null } run ? run with { CancelledBy = by } : _run;
        }

        // On another thread: what the engine has registered on its token must not run in the caller's time.
        _ = _stop.CancelAsync();
    }

    public void Report(BackupEvent value)
    {
        if (value is BackupEvent.Logged)
        {
            _events.Writer.TryWrite(value);
            return;
        }

        Guid id;
        lock (_gate)
        {
            if (_run is not { } run)
            {
                return;
            }

            _run = run with { Tasks = Apply(value, run.Tasks) };
            id = run.Id;
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
