using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>What one task has to undo, as it stands now: in memory, and on disk before each step.</summary>
internal sealed class TaskNotes(Guest guest, UnfinishedTasks unfinished) : IGuestTraces, IDisposable
{
    // Traces are told by drivers, which may work on several volumes at a time.
    private readonly SemaphoreSlim _one = new(1);

    public UnfinishedTask Left { get; private set; } = new() { Guest = guest.Id.Value, Kind = guest.Kind };

    /// <summary>Durable when it returns. To be called before a step is taken, and after it is undone.</summary>
    public async Task ChangeAsync(Func<UnfinishedTask, UnfinishedTask> change, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var left = change(Left);
            await unfinished.RememberAsync(left, cancellation);
            Left = left;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Nothing is left to do, or only what the next start must try again, which stays noted.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        if (Left.HoldsGuest)
        {
            await unfinished.RememberAsync(Left, cancellation);
        }
        else
        {
            unfinished.Forget(Left);
        }
    }

    public Task RememberAsync(GuestTrace trace, CancellationToken cancellation) =>
        ChangeAsync(left => left with { Traces = [.. left.Traces, trace] }, cancellation);

    public Task ForgetAsync(GuestTrace trace, CancellationToken cancellation) =>
        ChangeAsync(left => left with { Traces = [.. left.Traces.Where(other => other != trace)] }, cancellation);

    public void Dispose() => _one.Dispose();
}
