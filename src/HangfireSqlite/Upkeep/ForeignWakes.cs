using Hangfire.Server;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Upkeep;

/// <summary>Wakes workers for jobs that other processes have enqueued. SQLite tells cheaply whether anybody has committed anything.</summary>
internal sealed class ForeignWakes(Database database) : IBackgroundProcess
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    public void Execute(BackgroundProcessContext context)
    {
        // Of its own: the number tells what has changed since this handle looked last.
        using var handle = Handle.OpenToRead(database.File);
        for (var seen = -1L; ; context.Wait(Pause))
        {
            var version = handle.Number("PRAGMA data_version")!.Value;
            if (version != seen)
            {
                seen = version;
                Wake(handle);
            }
        }
    }

    public override string ToString() => nameof(ForeignWakes);

    // As many as there are jobs for them.
    private void Wake(Handle handle)
    {
        foreach (var (queue, workers) in database.Waiting.Queues)
        {
            var jobs = handle.Number("SELECT count(*) FROM (SELECT 1 FROM queued WHERE queue = ?1 AND fetched_at IS NULL LIMIT ?2)", queue, workers)!.Value;
            for (; jobs > 0; jobs--)
            {
                database.Waiting.Wake(queue);
            }
        }
    }
}
