using System.Collections.Concurrent;
using System.Threading.Channels;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Jobs;

/// <summary>Stands where the engine stands. Each call waits for the test, which then plays it as the engine would.</summary>
internal sealed class Stage
{
    private readonly Channel<Play> _begun = Channel.CreateUnbounded<Play>();
    private readonly ConcurrentQueue<Play> _all = new();
    private volatile bool _over;

    public int Calls => _all.Count;

    public Task<RunResult> RunAsync(BackupJob job, RunTerms terms, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        var play = new Play(job, events, cancellation);
        _all.Enqueue(play);
        _begun.Writer.TryWrite(play);
        if (_over)
        {
            play.Succeed();
        }

        return play.Result;
    }

    /// <summary>The next call.</summary>
    public async Task<Play> NextAsync() =>
        await _begun.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(120));

    /// <summary>At the end of a test no call may keep the host from stopping.</summary>
    public void EndAll()
    {
        _over = true;
        foreach (var play in _all)
        {
            play.Succeed();
        }
    }
}

/// <summary>One call of the engine.</summary>
internal sealed class Play(BackupJob job, IProgress<BackupEvent> events, CancellationToken cancellation)
{
    private static readonly DateTimeOffset At = new(2026, 8, 22, 3, 0, 7, TimeSpan.Zero);

    private readonly TaskCompletionSource<RunResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BackupJob Job => job;

    public CancellationToken Cancellation => cancellation;

    public Task<RunResult> Result => _result.Task;

    public void Plan(params int[] guests) =>
        events.Report(new BackupEvent.TasksPlanned([.. guests.Select(id => new PlannedTask(Product.Guest(id), GuestKind.Lxc, $"ct{id}"))]));

    public void Begin(int guest) => events.Report(new BackupEvent.TaskStarted(Product.Guest(guest), At));

    public void Progress(int guest, long done) =>
        events.Report(new BackupEvent.TaskProgressed(Product.Guest(guest), new BackupProgress(done, 1000, 10, done / 2)));

    public void Say(string text, int? guest = null, LogLevel level = LogLevel.Info) =>
        events.Report(new BackupEvent.Logged(guest is { } id ? Product.Guest(id) : null, At, level, text));

    public void Finish(int guest, TaskOutcome outcome) => events.Report(new BackupEvent.TaskFinished(Product.Guest(guest), At, outcome));

    public void Succeed() => _result.TrySetResult(new RunResult([], null));

    public void Fail(string error, params TaskResult[] tasks) => _result.TrySetResult(new RunResult(tasks, error));

    public void Throw(Exception error) => _result.TrySetException(error);

    /// <summary>As the engine does after its clean-up.</summary>
    public void EndCancelled() => _result.TrySetException(new OperationCanceledException(cancellation));

    public async Task CancelledAsync()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellation.Register(() => cancelled.TrySetResult());
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(120));
    }
}
