using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using VzDump.HangfireSqlite.Queueing;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Contract;

/// <summary>What is to happen together. Everything is written down when it is asked for and carried out, in that order, by the commit.</summary>
internal sealed class StorageTransaction(Database database, StorageConnection connection) : JobStorageTransaction
{
    private readonly List<Action<Handle>> _actions = [];
    private readonly List<IDisposable> _locks = [];
    private readonly List<string> _queues = [];
    private readonly List<SqliteFetchedJob> _removed = [];

    public override void Commit()
    {
        if (_actions.Count > 0)
        {
            database.Writer.Do(handle =>
            {
                foreach (var action in _actions)
                {
                    action(handle);
                }
            });
        }

        // Only what failed may be tried again.
        _actions.Clear();
        _removed.ForEach(job => job.Leave());
        _removed.Clear();
        FreeLocks();

        // Last, because whoever is woken takes the job's lock.
        _queues.ForEach(database.Waiting.Wake);
        _queues.Clear();
    }

    public override void Dispose()
    {
        FreeLocks();
        base.Dispose();
    }

    public override void AcquireDistributedLock(string resource, TimeSpan timeout) => _locks.Add(connection.AcquireDistributedLock(resource, timeout));

    public override string CreateJob(Job job, IDictionary<string, string> parameters, DateTime createdAt, TimeSpan expireIn)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(parameters);
        var (id, invocation, words, end) = (database.Ids.Next(), InvocationData.SerializeJob(job), JobRecord.Text(parameters!), database.After(expireIn));
        _actions.Add(handle => JobRecord.Create(handle, id, invocation, words, createdAt.Ticks, end));
        return JobIds.Text(id);
    }

    public override void SetJobParameter(string jobId, string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        ArgumentNullException.ThrowIfNull(name);
        AddFor(jobId, (handle, id) => JobRecord.SetParameter(handle, id, name, value));
    }

    public override void ExpireJob(string jobId, TimeSpan expireIn)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        var end = database.After(expireIn);
        AddFor(jobId, (handle, id) => handle.Run("UPDATE job SET expire_at = ?2 WHERE id = ?1", id, end));
    }

    public override void PersistJob(string jobId)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        AddFor(jobId, static (handle, id) => handle.Run("UPDATE job SET expire_at = NULL WHERE id = ?1", id));
    }

    public override void SetJobState(string jobId, IState state) => AddState(
        jobId,
        state,
        static (handle, id) => handle.Run("UPDATE job SET state_id = last_insert_rowid(), state = (SELECT name FROM state WHERE id = last_insert_rowid()) WHERE id = ?1", id));

    public override void AddJobState(string jobId, IState state) => AddState(jobId, state, static (_, _) => { });

    public override void AddToQueue(string queue, string jobId)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(jobId);
        if (JobIds.Parse(jobId) is { } id)
        {
            _actions.Add(handle => handle.Run("INSERT INTO queued (queue, job) VALUES (?1, ?2)", queue, id));
            _queues.Add(queue);
        }
    }

    public override void RemoveFromQueue(IFetchedJob fetchedJob)
    {
        ArgumentNullException.ThrowIfNull(fetchedJob);
        var job = fetchedJob as SqliteFetchedJob ?? throw new ArgumentException("The job was fetched from another storage.", nameof(fetchedJob));
        _actions.Add(job.RemoveIn);
        _removed.Add(job);
    }

    public override void IncrementCounter(string key) => Count(key, 1, null);

    public override void IncrementCounter(string key, TimeSpan expireIn) => Count(key, 1, database.After(expireIn));

    public override void DecrementCounter(string key) => Count(key, -1, null);

    public override void DecrementCounter(string key, TimeSpan expireIn) => Count(key, -1, database.After(expireIn));

    public override void AddToSet(string key, string value) => AddToSet(key, value, 0);

    public override void AddToSet(string key, string value, double score)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (double.IsNaN(score))
        {
            throw new ArgumentException("A set is ordered by its scores, and NaN has no place in an order.", nameof(score));
        }

        _actions.Add(handle => AddItem(handle, key, value, score));
    }

    public override void AddRangeToSet(string key, IList<string> items)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(items);
        string[] all = [.. items];
        if (all.Contains(null))
        {
            throw new ArgumentException("A set holds no null.", nameof(items));
        }

        _actions.Add(handle => Array.ForEach(all, item => AddItem(handle, key, item, 0)));
    }

    public override void RemoveFromSet(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        _actions.Add(handle =>
        {
            handle.Run("DELETE FROM set_item WHERE key = ?1 AND value = ?2", key, value);
            Whole.Set.ForgetIfEmpty(handle, key);
        });
    }

    public override void InsertToList(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        _actions.Add(handle => handle.Run("INSERT INTO list_item (key, value) VALUES (?1, ?2)", key, value));
    }

    public override void RemoveFromList(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        _actions.Add(handle =>
        {
            handle.Run("DELETE FROM list_item WHERE key = ?1 AND value = ?2", key, value);
            Whole.List.ForgetIfEmpty(handle, key);
        });
    }

    public override void TrimList(string key, int keepStartingFrom, int keepEndingAt)
    {
        ArgumentNullException.ThrowIfNull(key);
        var from = Math.Max(keepStartingFrom, 0);
        var count = Math.Max((long)keepEndingAt - from + 1, 0);
        _actions.Add(handle =>
        {
            handle.Run("DELETE FROM list_item WHERE key = ?1 AND id NOT IN (SELECT id FROM list_item WHERE key = ?1 ORDER BY id DESC LIMIT ?3 OFFSET ?2)", key, from, count);
            Whole.List.ForgetIfEmpty(handle, key);
        });
    }

    public override void SetRangeInHash(string key, IEnumerable<KeyValuePair<string, string>> keyValuePairs)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(keyValuePairs);
        KeyValuePair<string, string>[] fields = [.. keyValuePairs];
        _actions.Add(handle => Array.ForEach(fields, field => handle.Run(
            "INSERT INTO hash_field VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value", key, field.Key, field.Value)));
    }

    public override void RemoveHash(string key) => AddWhole(key, handle => Whole.Hash.Remove(handle, key));

    public override void RemoveSet(string key) => AddWhole(key, handle => Whole.Set.Remove(handle, key));

    public override void ExpireSet(string key, TimeSpan expireIn) => Expire(Whole.Set, key, expireIn);

    public override void ExpireList(string key, TimeSpan expireIn) => Expire(Whole.List, key, expireIn);

    public override void ExpireHash(string key, TimeSpan expireIn) => Expire(Whole.Hash, key, expireIn);

    public override void PersistSet(string key) => AddWhole(key, handle => Whole.Set.Stay(handle, key));

    public override void PersistList(string key) => AddWhole(key, handle => Whole.List.Stay(handle, key));

    public override void PersistHash(string key) => AddWhole(key, handle => Whole.Hash.Stay(handle, key));

    private static void AddItem(Handle handle, string key, string value, double score) =>
        handle.Run("INSERT INTO set_item VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET score = excluded.score", key, value, score);

    private void AddState(string jobId, IState state, Action<Handle, long> then)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        ArgumentNullException.ThrowIfNull(state);
        if (state.Name is not { } name)
        {
            throw new ArgumentException("A state has a name.", nameof(state));
        }

        // What a state tells of itself is what it tells now.
        var (reason, data, now) = (state.Reason, JobRecord.Text(state.SerializeData() ?? []), database.Now);
        AddFor(jobId, (handle, id) =>
        {
            if (handle.Run("INSERT INTO state (job, name, reason, data, created_at) SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM job WHERE id = ?1)", id, name, reason, data, now) > 0)
            {
                then(handle, id);
            }
        });
    }

    private void Count(string key, long step, long? end)
    {
        ArgumentNullException.ThrowIfNull(key);
        _actions.Add(handle =>
        {
            var value = handle.Number(
                "INSERT INTO counter VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = value + excluded.value, expire_at = ifnull(excluded.expire_at, expire_at) RETURNING value",
                key,
                step,
                end);
            if (value == 0)
            {
                handle.Run("DELETE FROM counter WHERE key = ?1", key);
            }
        });
    }

    private void Expire(Whole whole, string key, TimeSpan expireIn)
    {
        var end = database.After(expireIn);
        AddWhole(key, handle => whole.EndAt(handle, key, end));
    }

    private void AddWhole(string key, Action<Handle> action)
    {
        ArgumentNullException.ThrowIfNull(key);
        _actions.Add(action);
    }

    private void AddFor(string jobId, Action<Handle, long> action)
    {
        if (JobIds.Parse(jobId) is { } id)
        {
            _actions.Add(handle => action(handle, id));
        }
    }

    private void FreeLocks()
    {
        _locks.ForEach(held => held.Dispose());
        _locks.Clear();
    }
}
