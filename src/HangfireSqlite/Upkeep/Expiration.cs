using Hangfire.Server;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Upkeep;

/// <summary>Removes what has expired, and gives its room back to the file system.</summary>
internal sealed class Expiration(Database database) : IBackgroundProcess
{
    // The writer is others' in between: nobody waits longer than a batch takes.
    private const int Batch = 500;
    private const int PagesAtOnce = 1000;

    public void Execute(BackgroundProcessContext context)
    {
        RemoveExpired(context.StoppingToken);
        context.Wait(database.Options.JobExpirationCheckInterval);
    }

    /// <summary>Removes all that has expired by now.</summary>
    public void RemoveExpired(CancellationToken cancellation)
    {
        var now = database.Now;
        var removed = 0L;
        foreach (var kind in (Func<Handle, long, int>[])[Jobs, Counters, Wholes])
        {
            int count;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                count = database.Writer.Do(handle => kind(handle, now));
                removed += count;
            }
            while (count > 0);
        }

        if (removed > 0)
        {
            GiveBackRoom(cancellation);
        }
    }

    public override string ToString() => nameof(Expiration);

    private void GiveBackRoom(CancellationToken cancellation)
    {
        for (var (before, free) = (long.MaxValue, Free()); free > 0 && free < before; (before, free) = (free, Free()))
        {
            cancellation.ThrowIfCancellationRequested();
            database.Writer.Do(handle => { handle.Run($"PRAGMA incremental_vacuum({PagesAtOnce})"); });
        }

        long Free() => database.Readers.Read(handle => handle.Number("PRAGMA freelist_count")!.Value);
    }

    private static int Jobs(Handle handle, long now)
    {
        handle.Run("DELETE FROM state WHERE job IN (SELECT id FROM job WHERE expire_at < ?1 ORDER BY expire_at LIMIT ?2)", now, Batch);
        return handle.Run("DELETE FROM job WHERE id IN (SELECT id FROM job WHERE expire_at < ?1 ORDER BY expire_at LIMIT ?2)", now, Batch);
    }

    private static int Counters(Handle handle, long now) =>
        handle.Run("DELETE FROM counter WHERE key IN (SELECT key FROM counter WHERE expire_at < ?1 LIMIT ?2)", now, Batch);

    private static int Wholes(Handle handle, long now)
    {
        var (kind, key) = ("", "");
        using (var row = handle.Query("SELECT kind, key FROM ending WHERE expire_at < ?1 LIMIT 1", now))
        {
            if (!row.Next())
            {
                return 0;
            }

            (kind, key) = (row.Text(0), row.Text(1));
        }

        // Of a large one a batch at a time; its end is forgotten when it is empty.
        var whole = Whole.Of(kind);
        if (handle.Run(whole.RemoveSome, key, Batch) == 0)
        {
            handle.Run("DELETE FROM ending WHERE kind = ?1 AND key = ?2", kind, key);
        }

        return 1;
    }
}
