using System.Text.Json;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.Storage;
using VzDump.HangfireSqlite.Locking;
using VzDump.HangfireSqlite.Queueing;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Contract;

/// <summary>Hangfire's connection: jobs, servers and locks here, sets, lists, hashes and counters in the other part.</summary>
internal sealed partial class StorageConnection(Database database) : JobStorageConnection
{
    private readonly List<IDisposable> _locks = [];

    public override void Dispose()
    {
        lock (_locks)
        {
            _locks.ForEach(held => held.Dispose());
            _locks.Clear();
        }

        base.Dispose();
    }

    public override IWriteOnlyTransaction CreateWriteTransaction() => new StorageTransaction(database, this);

    public override IDisposable AcquireDistributedLock(string resource, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var held = database.Locks.Resources.Take(LockFile.OfResource(resource), owner: this, timeout) ?? throw new DistributedLockTimeoutException(resource);
        lock (_locks)
        {
            _locks.Add(held);
        }

        return new Lock(this, held);
    }

    public override string CreateExpiredJob(Job job, IDictionary<string, string> parameters, DateTime createdAt, TimeSpan expireIn)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(parameters);
        using var transaction = new StorageTransaction(database, this);
        var id = transaction.CreateJob(job, parameters, createdAt, expireIn);
        transaction.Commit();
        return id;
    }

    public override IFetchedJob FetchNextJob(string[] queues, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queues);
        return queues.Length > 0
            ? new JobFetching(database).Fetch(queues, cancellationToken)
            : throw new ArgumentException("A worker takes jobs from at least one queue.", nameof(queues));
    }

    public override void SetJobParameter(string id, string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(name);
        if (JobIds.Parse(id) is { } number)
        {
            database.Writer.Do(handle => JobRecord.SetParameter(handle, number, name, value));
        }
    }

    public override string? GetJobParameter(string id, string name)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(name);
        return database.Readers.Read(handle => JobRecord.Find(handle, id))?.Parameters.GetValueOrDefault(name);
    }

    public override JobData? GetJobData(string jobId)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        if (database.Readers.Read(handle => JobRecord.Find(handle, jobId)) is not { } record)
        {
            return null;
        }

        var (job, error) = record.Load();
        return new JobData
        {
            Job = job,
            LoadException = error,
            InvocationData = record.Invocation,
            ParametersSnapshot = record.Parameters!,
            CreatedAt = record.CreatedAt,
            State = record.State,
        };
    }

    public override StateData? GetStateData(string jobId)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        return JobIds.Parse(jobId) is not { } id ? null : database.Readers.Read(handle =>
        {
            using var row = handle.Query("SELECT s.name, s.reason, s.data FROM job j JOIN state s ON s.id = j.state_id WHERE j.id = ?1", id);
            return row.Next() ? new StateData { Name = row.Text(0), Reason = row.MaybeText(1), Data = JobRecord.Words(row.Bytes(2))! } : null;
        });
    }

    public override void AnnounceServer(string serverId, ServerContext context)
    {
        ArgumentNullException.ThrowIfNull(serverId);
        ArgumentNullException.ThrowIfNull(context);
        var queues = JsonSerializer.Serialize(context.Queues ?? []);
        database.Writer.Do(handle =>
        {
            handle.Run(
                """
                INSERT INTO server VALUES (?1, ?2, ?3, ?4, ?4)
                ON CONFLICT DO UPDATE SET workers = excluded.workers, queues = excluded.queues, started_at = excluded.started_at, seen_at = excluded.seen_at
                """,
                serverId,
                context.WorkerCount,
                queues,
                database.Now);
        });
    }

    public override void RemoveServer(string serverId)
    {
        ArgumentNullException.ThrowIfNull(serverId);
        database.Writer.Do(handle => { handle.Run("DELETE FROM server WHERE id = ?1", serverId); });
    }

    public override void Heartbeat(string serverId)
    {
        ArgumentNullException.ThrowIfNull(serverId);
        if (database.Writer.Do(handle => handle.Run("UPDATE server SET seen_at = ?2 WHERE id = ?1", serverId, database.Now)) == 0)
        {
            throw new BackgroundServerGoneException();
        }
    }

    public override int RemoveTimedOutServers(TimeSpan timeOut)
    {
        if (timeOut <= TimeSpan.Zero)
        {
            throw new ArgumentException("A server is given some time.", nameof(timeOut));
        }

        return database.Writer.Do(handle => handle.Run("DELETE FROM server WHERE seen_at < ?1", database.After(-timeOut)));
    }

    public override DateTime GetUtcDateTime() => database.Time.GetUtcNow().UtcDateTime;

    // So that a connection that lives long does not remember each lock that it ever had.
    private sealed class Lock(StorageConnection connection, IDisposable held) : IDisposable
    {
        public void Dispose()
        {
            lock (connection._locks)
            {
                connection._locks.Remove(held);
            }

            held.Dispose();
        }
    }
}
