namespace VzDump.Engine.Guests;

/// <summary>Knows one type of guest: finds them, controls them, and hands over their data. What vzdump calls a plugin.</summary>
public interface IGuestDriver
{
    GuestKind Kind { get; }

    /// <summary>Every guest of this type on this node. A broken configuration becomes a problem, not an exception.</summary>
    Task<GuestListing> ListAsync(CancellationToken cancellation);

    Task<GuestStatus> StatusAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Why the guest is locked; null when it is not.</summary>
    Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Marks the guest as being backed up, durably.</summary>
    /// <exception cref="ProblemException">It is locked already; the message names the lock.</exception>
    Task LockAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Takes our mark away; fine when it is not there. A lock for another reason stays.</summary>
    Task UnlockAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Shuts the guest down, by force after the time, and waits until nothing of it holds its volumes.</summary>
    /// <exception cref="ProblemException">It still runs.</exception>
    Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation);

    /// <exception cref="ProblemException">It does not run.</exception>
    Task StartAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Looks at the guest's volumes and checks that this mode is possible, before anything is done to the guest.</summary>
    /// <exception cref="ProblemException">The guest cannot be backed up at all.</exception>
    Task<Preparation> PrepareAsync(Guest guest, BackupMode mode, ITaskLog log, CancellationToken cancellation);
}

/// <summary>Whether a mode can be had.</summary>
public abstract record Preparation
{
    private Preparation()
    {
    }

    public sealed record Ready(IPreparedGuest Guest) : Preparation;

    /// <summary>vzdump's <c>mode failure</c>: snapshot mode falls back to suspend; other modes fail.</summary>
    public sealed record ModeFailure(string Reason) : Preparation;
}

/// <summary>A guest whose volumes are known and whose data can be had. Disposing drops what the preparation made.</summary>
public interface IPreparedGuest : IAsyncDisposable
{
    /// <summary>The data, once the guest is in the state that the mode asks for. The content lives as long as this.</summary>
    Task<GuestContent> OpenContentAsync(CancellationToken cancellation);
}

/// <summary>Where a driver tells the reader of the task's log what it does.</summary>
public interface ITaskLog
{
    void Info(string text);

    void Warn(string text);
}
