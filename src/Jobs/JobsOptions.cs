namespace VzDump.Jobs;

/// <summary>What this project must be told.</summary>
public sealed record JobsOptions
{
    /// <summary>Full path of the folder that holds <c>vzdump-web.db</c> and the runs' logs; made at start. One program at a time uses it.</summary>
    public required string DataFolder
    {
        get;
        init => field = Path.IsPathFullyQualified(value) ? value : throw new ArgumentException("The data folder needs a full path.", nameof(value));
    }

    /// <summary>The database of runs; other contexts may keep their tables in the same file.</summary>
    public string DatabaseFile => Path.Combine(DataFolder, "vzdump-web.db");

    /// <summary>Hangfire's jobs. What they are about is in the database; without this file, what waits is queued again.</summary>
    public string QueueFile => Path.Combine(DataFolder, "hangfire.db");
}
