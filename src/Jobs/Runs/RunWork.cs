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

    /// <summary>Reads an archive to its end and says whether a guest would come back from it.</summary>
    /// <param name="ArchivePath">Full path.</param>
    public sealed record Verify(string ArchivePath) : RunWork;
}
