namespace VzDump.Engine.Guests.Trials;

/// <summary>Starts a guest that was restored for a trial, watches it, and ends it without asking.</summary>
internal interface IGuestTrial
{
    GuestKind Kind { get; }

    /// <summary>Why this host cannot start it; null when it can.</summary>
    Task<string?> WhyNotAsync(Guest guest, CancellationToken cancellation);

    /// <summary>Starts it and looks whether it comes up and stays.</summary>
    /// <exception cref="ProblemException">It does not; the message says what was seen.</exception>
    Task<SeenBoot> BootAsync(Guest guest, ITaskLog log, CancellationToken cancellation);

    /// <summary>Ends all that runs of it, also what is only just being started; fine when nothing is.</summary>
    /// <param name="mark">By which a running program is known to be this guest's.</param>
    /// <exception cref="ProblemException">Something still runs.</exception>
    Task EndAsync(Guest guest, TrialMark mark, CancellationToken cancellation);
}

/// <summary>What was seen of a guest that came up.</summary>
/// <param name="Sentence">For a person; it says too what was not looked at.</param>
/// <param name="Took">From its start until that was seen.</param>
/// <param name="Watched">How long it was watched after that.</param>
internal sealed record SeenBoot(TrialSign Sign, string Sentence, TimeSpan Took, TimeSpan Watched);
