using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Restores;

namespace VzDump.Jobs.Runs;

/// <summary>What a run does.</summary>
public abstract record RunWork
{
    private RunWork()
    {
    }

    /// <summary>Backs up the guests of <see cref="Run.Job"/>.</summary>
    public sealed record Backup : RunWork;

    /// <summary>Makes a guest out of an archive.</summary>
    public sealed record Restore(RestoreRequest Request) : RunWork;

    /// <summary>Puts files of an archive into a container.</summary>
    public sealed record PutBack(PutBackRequest Request) : RunWork;

    /// <summary>Reads an archive to its end and says whether a guest would come back from it.</summary>
    /// <param name="ArchivePath">Full path.</param>
    public sealed record Verify(string ArchivePath) : RunWork;

    /// <summary>Restores an archive beside its guest, starts it without network, and removes it again: shows that the guest comes back.</summary>
    public sealed record Trial(TrialRequest Request) : RunWork
    {
        /// <summary>What was seen, once it is over; null before, and when nothing was restored.</summary>
        public TrialEvidence? Evidence { get; init; }
    }
}
