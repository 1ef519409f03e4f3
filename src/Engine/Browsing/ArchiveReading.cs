namespace VzDump.Engine.Browsing;

/// <summary>An archive that is being read to its end, so that what is in it can be shown.</summary>
public sealed class ArchiveReading
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly Lock _lock = new();
    private Task? _done;

    internal ArchiveReading(string key) => Key = key;

    /// <summary>How far the archive has been read.</summary>
    public ReadProgress Progress { get; internal set; } = new(0, 0);

    /// <summary>Ends when it has been read. What it throws is why it was not.</summary>
    public Task Done => _done ?? Task.CompletedTask;

    internal string Key { get; }

    /// <summary>When it failed.</summary>
    internal long Ended { get; set; }

    internal CancellationToken Cancelled => _cancel.Token;

    /// <summary>Ends it, for everybody who waits; nothing of it stays.</summary>
    public void Cancel() => _cancel.Cancel();

    internal void Begin(Func<Task> work)
    {
        lock (_lock)
        {
            _done ??= Task.Run(work);
        }
    }
}

/// <summary>How far an archive has been read, in bytes of its file; 0 of 0 while another one is read first.</summary>
public sealed record ReadProgress(long DoneBytes, long TotalBytes);
