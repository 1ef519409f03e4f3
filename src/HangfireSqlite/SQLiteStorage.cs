using Hangfire.Logging;
using Hangfire.Server;
using VzDump.HangfireSqlite.Contract;
using VzDump.HangfireSqlite.Queueing;
using VzDump.HangfireSqlite.Storing;
using VzDump.HangfireSqlite.Upkeep;

namespace Hangfire.Storage.SQLite;

/// <summary>Hangfire's jobs in one SQLite file, for any number of processes of one machine.</summary>
public sealed class SQLiteStorage : JobStorage, IDisposable
{
    private static readonly HashSet<string> Features = new(StringComparer.OrdinalIgnoreCase)
    {
        JobStorageFeatures.JobQueueProperty,
        JobStorageFeatures.ExtendedApi,
        JobStorageFeatures.ProcessesInsteadOfComponents,
        JobStorageFeatures.Connection.GetUtcDateTime,
        JobStorageFeatures.Connection.BatchedGetFirstByLowest,
        "BatchedGetFirstByLowestScoreFromSet", // what Hangfire 1.7 asks for
        JobStorageFeatures.Connection.GetSetContains,
        JobStorageFeatures.Connection.LimitedGetSetCount,
        JobStorageFeatures.Transaction.AcquireDistributedLock,
        JobStorageFeatures.Transaction.CreateJob,
        JobStorageFeatures.Transaction.SetJobParameter,
        JobStorageFeatures.Transaction.RemoveFromQueue(typeof(SqliteFetchedJob)),
        JobStorageFeatures.Monitoring.DeletedStateGraphs,
        JobStorageFeatures.Monitoring.AwaitingJobs,
    };

    private readonly Lock _opening = new();
    private readonly TimeProvider _time;
    private Database? _database;
    private bool _disposed;

    public SQLiteStorage(string databasePath)
        : this(databasePath, new SQLiteStorageOptions())
    {
    }

    /// <summary>The file is opened when the storage is used first.</summary>
    public SQLiteStorage(string databasePath, SQLiteStorageOptions options)
        : this(databasePath, options, TimeProvider.System)
    {
    }

    internal SQLiteStorage(string databasePath, SQLiteStorageOptions options, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(databasePath);
        ArgumentNullException.ThrowIfNull(options);
        DatabasePath = Path.GetFullPath(databasePath);
        Options = options;
        _time = time;
    }

    /// <summary>Full path of the database.</summary>
    public string DatabasePath { get; }

    public SQLiteStorageOptions Options { get; }

    /// <summary>Whoever reads after a commit has returned sees what was committed.</summary>
    public override bool LinearizableReads => true;

    public override IStorageConnection GetConnection() => new StorageConnection(Open());

    public override IMonitoringApi GetMonitoringApi() => new StorageMonitor(Open());

    public override IEnumerable<IBackgroundProcess> GetServerRequiredProcesses() => [new KeepAlive(Open()), new Recovery(Open()), new ForeignWakes(Open())];

    public override IEnumerable<IBackgroundProcess> GetStorageWideProcesses() => [new Expiration(Open())];

    public override bool HasFeature(string featureId)
    {
        ArgumentNullException.ThrowIfNull(featureId);
        return Features.Contains(featureId);
    }

    public override void WriteOptionsToLog(ILog logger) =>
        logger.Log(LogLevel.Info, () => $"Jobs are kept in {DatabasePath}; a worker without a sign of life loses its job after {Options.InvisibilityTimeout}.");

    public override string ToString() => $"SQLite: {DatabasePath}";

    /// <summary>Closes the file. Servers on this storage must have ended.</summary>
    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            _database?.Dispose();
        }
    }

    internal Database Open()
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _database ??= Database.Open(DatabasePath, Options, _time);
        }
    }
}
