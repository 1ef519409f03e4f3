using VzDump.Engine.Archives;

namespace VzDump.Engine.Restores.Uploads;

/// <summary>An archive that is being uploaded.</summary>
public sealed class ArchiveUpload : IProgress<CheckProgress>
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _one = new();
    private Task? _checking;

    internal ArchiveUpload(ArchiveId id, long size, string halfPath, string targetPath) => (Id, Size, HalfPath, TargetPath) = (id, size, halfPath, targetPath);

    public ArchiveId Id { get; }

    /// <summary>Of the whole file, in bytes.</summary>
    public long Size { get; }

    /// <summary>So many bytes have come; the next piece belongs there.</summary>
    public long Received { get; internal set; }

    /// <summary>So many were checked, once all have come.</summary>
    public long Checked { get; private set; }

    public UploadState State { get; private set; }

    /// <summary>Why it was not taken over, a sentence; null for all others.</summary>
    public string? Problem { get; private set; }

    internal string HalfPath { get; }

    internal string TargetPath { get; }

    internal SemaphoreSlim Writing { get; } = new(1);

    internal CancellationToken Ended => _ended.Token;

    void IProgress<CheckProgress>.Report(CheckProgress value) => Checked = value.DoneBytes;

    internal void Check(Func<Task> check)
    {
        lock (_one)
        {
            if (_checking is null)
            {
                State = UploadState.Checking;
                _checking = Task.Run(() => RunAsync(check));
            }
        }
    }

    internal async Task EndAsync()
    {
        await _ended.CancelAsync();
        await (_checking ?? Task.CompletedTask);
    }

    private async Task RunAsync(Func<Task> check)
    {
        try
        {
            await check();
            State = UploadState.Done;
        }
        catch (OperationCanceledException)
        {
            (State, Problem) = (UploadState.Damaged, "It was cancelled.");
        }
        catch (Exception error)
        {
            (State, Problem) = (UploadState.Damaged, error.Message);
        }
    }
}

public enum UploadState
{
    Receiving,

    /// <summary>All has come, and is read to its end.</summary>
    Checking,

    /// <summary>It is an archive of the storage now.</summary>
    Done,

    /// <summary>It was not taken over, and is removed.</summary>
    Damaged,
}
