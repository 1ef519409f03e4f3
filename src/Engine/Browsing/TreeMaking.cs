namespace VzDump.Engine.Browsing;

/// <summary>An archive's index that is being made.</summary>
public sealed class TreeMaking
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly Lock _lock = new();
    private Task? _done;

    internal TreeMaking(string archivePath) => ArchivePath = archivePath;

    public string ArchivePath { get; }

    /// <summary>How far the archive has been read.</summary>
    public TreeProgress Progress { get; internal set; } = new(0, 0);

    /// <summary>Ends when the index is there. What it throws is why there is none.</summary>
    public Task Done => _done ?? Task.CompletedTask;

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
public sealed record TreeProgress(long DoneBytes, long TotalBytes);
