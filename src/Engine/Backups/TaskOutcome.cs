namespace VzDump.Engine.Backups;

/// <summary>How the backup of one guest ended.</summary>
public abstract record TaskOutcome
{
    private TaskOutcome()
    {
    }

    public abstract TimeSpan Took { get; init; }

    /// <summary>The archive stands complete under its name.</summary>
    /// <param name="SizeBytes">Of the archive file.</param>
    public sealed record Done(string ArchivePath, long SizeBytes, TimeSpan Took) : TaskOutcome;

    /// <summary>There is no archive, or it stands complete but a step after it failed: pruning, or the hook backup-end.</summary>
    /// <param name="Reason">One sentence for the person who reads the log.</param>
    public sealed record Failed(string Reason, TimeSpan Took) : TaskOutcome;

    /// <summary>The run was cancelled while this guest was worked on, or before its turn came (then it took no time).</summary>
    public sealed record Cancelled(TimeSpan Took) : TaskOutcome;
}
