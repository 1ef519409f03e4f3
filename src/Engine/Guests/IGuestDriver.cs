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

    /// <summary>Makes the guest stand still, seen to be so when this returns; fine when it does already.</summary>
    /// <exception cref="ProblemException">It does not; then it may be half suspended, and <see cref="ResumeAsync"/> is owed.</exception>
    Task SuspendAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Lets a suspended guest go on, seen to be so when this returns; fine when it runs already or is gone.</summary>
    /// <exception cref="ProblemException">It still stands.</exception>
    Task ResumeAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Looks at the guest's volumes and checks that this mode is possible, before anything is done to the guest.</summary>
    /// <exception cref="ProblemException">The guest cannot be backed up at all.</exception>
    Task<Preparation> PrepareAsync(Guest guest, PreparationRequest request, CancellationToken cancellation);

    /// <summary>Removes what a dead run left of a preparation; fine when it is gone already.</summary>
    /// <param name="guest">Null when there is no such guest any more.</param>
    /// <exception cref="ProblemException">Something stays; the message says what.</exception>
    Task UndoAsync(Guest? guest, IReadOnlyList<GuestTrace> traces, ITaskLog log, CancellationToken cancellation);
}
