using VzDump.Engine.Backups;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>Keeps what a run told, and lets a test wait for it.</summary>
public sealed class EventList : IProgress<BackupEvent>
{
    private readonly Lock _one = new();
    private readonly List<BackupEvent> _events = [];
    private readonly List<(Func<BackupEvent, bool> Wanted, TaskCompletionSource Seen)> _waiting = [];

    public IReadOnlyList<BackupEvent> All
    {
        get
        {
            lock (_one)
            {
                return [.. _events];
            }
        }
    }

    public IReadOnlyList<string> Lines => [.. All.OfType<BackupEvent.Logged>().Select(line => $"{line.Level.VzdumpName}: {line.Text}")];

    public string Text => string.Join('\n', Lines);

    public void Report(BackupEvent value)
    {
        lock (_one)
        {
            _events.Add(value);
            foreach (var (wanted, seen) in _waiting)
            {
                if (wanted(value))
                {
                    seen.TrySetResult();
                }
            }
        }
    }

    /// <summary>Completes when a line with this text has been told.</summary>
    public Task SeeLineAsync(string text) => SeeAsync(value => value is BackupEvent.Logged logged && logged.Text.Contains(text, StringComparison.Ordinal));

    public async Task SeeAsync(Func<BackupEvent, bool> wanted)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_one)
        {
            if (_events.Exists(value => wanted(value)))
            {
                return;
            }

            _waiting.Add((wanted, seen));
        }

        await seen.Task.WaitAsync(TimeSpan.FromMinutes(4), TestContext.Current.CancellationToken);
    }
}
