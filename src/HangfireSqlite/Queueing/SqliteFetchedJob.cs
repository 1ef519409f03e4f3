using Hangfire.Storage;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Queueing;

/// <summary>
/// A job in a worker's hands. The number of the fetch is its fence: a worker that was thought dead can neither remove nor put back what
/// somebody else has fetched since.
/// </summary>
internal sealed class SqliteFetchedJob : IFetchedJob
{
    private readonly Database _database;
    private readonly long _place;
    private readonly long _fetch;
    private readonly string _queue;
    private int _left;

    public SqliteFetchedJob(Database database, long place, long fetch, string queue, string jobId)
    {
        _database = database;
        _place = place;
        _fetch = fetch;
        _queue = queue;
        JobId = jobId;
    }

    public string JobId { get; }

    public void RemoveFromQueue()
    {
        if (_left == 0)
        {
            _database.Writer.Do(RemoveIn);
            Leave();
        }
    }

    public void Requeue()
    {
        if (_left == 0)
        {
            _database.Writer.Do(handle => { handle.Run("UPDATE queued SET fetched_at = NULL, owner = NULL WHERE id = ?1 AND fetches = ?2 AND fetched_at IS NOT NULL", _place, _fetch); });
            Leave();
            _database.Waiting.Wake(_queue);
        }
    }

    /// <summary>A worker that neither removed nor requeued it was thrown out of its work.</summary>
    public void Dispose() => Requeue();

    /// <summary>Removes it as a part of a transaction; <see cref="Leave"/> follows when that is committed.</summary>
    public void RemoveIn(Handle handle) => handle.Run("DELETE FROM queued WHERE id = ?1 AND fetches = ?2", _place, _fetch);

    /// <summary>The sign of life of its worker.</summary>
    public void RenewIn(Handle handle) => handle.Run("UPDATE queued SET fetched_at = ?3 WHERE id = ?1 AND fetches = ?2 AND fetched_at IS NOT NULL", _place, _fetch, _database.Now);

    /// <summary>It is no longer in these hands.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
        {
            _database.Fetched.Remove(this);
        }
    }
}
