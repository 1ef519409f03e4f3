using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Queueing;

/// <summary>Gives jobs to workers: the queues in the worker's order, and within one the oldest first.</summary>
internal sealed class JobFetching(Database database)
{
    /// <summary>Waits for a job.</summary>
    public SqliteFetchedJob Fetch(string[] queues, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (TryFetch(queues) is { } ready)
        {
            return ready;
        }

        var worker = new WaitingWorker(queues);
        var woken = false;
        try
        {
            while (true)
            {
                // Looked at again after it can be woken: what was committed before has woken nobody.
                database.Waiting.Add(worker);
                if (TryFetch(queues) is { } job)
                {
                    return job;
                }

                woken = false;
                worker.Wait(cancellation);
                woken = true;
            }
        }
        finally
        {
            database.Waiting.Remove(worker);

            // It was woken for a job, and leaves with another one or with none: somebody else has to look after that job.
            if (woken | worker.WasWoken())
            {
                foreach (var queue in queues)
                {
                    database.Waiting.Wake(queue);
                }
            }
        }
    }

    private SqliteFetchedJob? TryFetch(string[] queues)
    {
        // Only a look: it keeps workers that have nothing to do away from the writer.
        var first = database.Readers.Read(handle => FirstWithJobs(handle, queues));
        if (first < 0 || database.Writer.Do(handle => Take(handle, queues.AsSpan(first))) is not { } job)
        {
            return null;
        }

        database.Fetched.Add(job);
        return job;
    }

    private static int FirstWithJobs(Handle handle, string[] queues) =>
        Array.FindIndex(queues, queue => handle.Number("SELECT 1 FROM queued WHERE queue = ?1 AND fetched_at IS NULL LIMIT 1", queue) is not null);

    private SqliteFetchedJob? Take(Handle handle, ReadOnlySpan<string> queues)
    {
        foreach (var queue in queues)
        {
            using var taken = handle.Query(
                """
                UPDATE queued SET fetched_at = ?2, owner = ?3, fetches = fetches + 1
                WHERE id = (SELECT id FROM queued WHERE queue = ?1 AND fetched_at IS NULL ORDER BY id LIMIT 1)
                RETURNING id, job, fetches
                """,
                queue,
                database.Now,
                database.Instance);
            if (taken.Next())
            {
                return new SqliteFetchedJob(database, taken.Number(0), taken.Number(2), queue, JobIds.Text(taken.Number(1)));
            }
        }

        return null;
    }
}
