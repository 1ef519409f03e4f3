using Hangfire.Server;
using VzDump.HangfireSqlite.Locking;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Upkeep;

/// <summary>Puts jobs back into their queues whose process has died, or whose worker gave no sign of life for too long.</summary>
internal sealed class Recovery(Database database) : IBackgroundProcess
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public void Execute(BackgroundProcessContext context)
    {
        PutBack();
        context.Wait(Pause);
    }

    /// <summary>Once through all jobs that workers have.</summary>
    public void PutBack()
    {
        var longAgo = database.After(-database.Options.InvisibilityTimeout);
        var (owners, late) = database.Readers.Read(handle => (Owners(handle), handle.Number("SELECT 1 FROM queued WHERE fetched_at < ?1 LIMIT 1", longAgo) is not null));
        owners.RemoveAll(owner => owner == database.Instance || database.Locks.IsHeld(LockFile.OfInstance(owner)));
        if (owners.Count == 0 && !late)
        {
            return;
        }

        var queues = database.Writer.Do(handle =>
        {
            var back = handle.Texts("UPDATE queued SET fetched_at = NULL, owner = NULL WHERE fetched_at < ?1 RETURNING queue", longAgo);
            owners.ForEach(owner => back.AddRange(
                handle.Texts("UPDATE queued SET fetched_at = NULL, owner = NULL WHERE fetched_at IS NOT NULL AND owner = ?1 RETURNING queue", owner)));
            return back;
        });
        queues.ForEach(database.Waiting.Wake);
    }

    public override string ToString() => nameof(Recovery);

    private static List<long> Owners(Handle handle)
    {
        using var rows = handle.Query("SELECT DISTINCT owner FROM queued WHERE fetched_at IS NOT NULL");
        var owners = new List<long>();
        while (rows.Next())
        {
            owners.Add(rows.Number(0));
        }

        return owners;
    }
}
