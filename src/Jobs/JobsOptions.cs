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

    /// <summary>Npgsql's connection string of a PostgreSQL database for one installation; null for the file in the data folder. Holds a password: never logged.</summary>
    public string? PostgreSql { get; init => field = string.IsNullOrWhiteSpace(value) ? null : value; }

    /// <summary>The database where there is no PostgreSQL; other contexts may keep their tables in the same file.</summary>
    public string DatabaseFile => Path.Combine(DataFolder, "vzdump-web.db");

    /// <summary>Copies of the database file, each made before its tables were changed by a newer version.</summary>
    public string DatabaseCopies => Path.Combine(DataFolder, "before-update");

    /// <summary>Hangfire's jobs. What they are about is in the database; without this file, what waits is queued again.</summary>
    public string QueueFile => Path.Combine(DataFolder, "hangfire.db");
}
