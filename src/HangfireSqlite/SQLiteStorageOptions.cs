// The namespace and the names are those of the package that this project stands in for: exchanging it changes a project reference only.
namespace Hangfire.Storage.SQLite;

/// <summary>How the storage works. What the package can be told and has no meaning here is accepted and without effect.</summary>
public sealed class SQLiteStorageOptions
{
    /// <summary>What the modes of the package are called. The journal here is always a write-ahead log.</summary>
    public enum JournalModes
    {
        DELETE,
        TRUNCATE,
        PERSIST,
        MEMORY,
        WAL,
        OFF,
    }

    /// <summary>What the package calls the ways to give back room. Here it is always given back step by step.</summary>
    public enum AutoVacuum
    {
        NONE = 0,
        FULL = 1,
        INCREMENTAL = 2,
    }

    /// <summary>How long a job stays with a worker that gives no sign of life. Workers that live give theirs five times as often.</summary>
    public TimeSpan InvisibilityTimeout { get; set => field = Positive(value); } = TimeSpan.FromMinutes(30);

    /// <summary>How often what has expired is removed.</summary>
    public TimeSpan JobExpirationCheckInterval { get; set => field = Positive(value); } = TimeSpan.FromHours(1);

    /// <summary>How many handles for reading are kept open when nobody reads; more are opened when more read at once.</summary>
    public int PoolSize { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), "A pool holds at least one handle."); } = 20;

    /// <summary>Without effect: the tables have the file for themselves.</summary>
    public string Prefix { get; set; } = "hangfire";

    /// <summary>Without effect: a job that is enqueued in this process wakes a worker, and other processes are looked after all the time.</summary>
    public TimeSpan QueuePollInterval { get; set => field = Positive(value); } = TimeSpan.FromSeconds(15);

    /// <summary>Without effect: a lock lives as long as its process.</summary>
    public TimeSpan DistributedLockLifetime { get; set => field = Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>Without effect: counters are added up when they are counted.</summary>
    public TimeSpan CountersAggregateInterval { get; set => field = Positive(value); } = TimeSpan.FromMinutes(5);

    /// <summary>Without effect.</summary>
    public AutoVacuum AutoVacuumSelected { get; set; } = AutoVacuum.INCREMENTAL;

    /// <summary>Without effect.</summary>
    public JournalModes JournalMode { get; set; } = JournalModes.WAL;

    private static TimeSpan Positive(TimeSpan value) =>
        value > TimeSpan.Zero ? value : throw new ArgumentException($"A time span of the job storage is longer than zero, not {value}.", nameof(value));
}
