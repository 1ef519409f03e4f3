using Hangfire.Common;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Contract;

/// <summary>A line of one of the dashboard's lists. All but the id may be missing: a queue can name a job that has expired.</summary>
internal sealed class ListedJob
{
    public static readonly string OldestInState = InState("ASC");
    public static readonly string NewestInState = InState("DESC");

    private const string Columns = $"s.reason, s.data, s.created_at, {JobRecord.Columns}";

    public Job? Job { get; private init; }

    public JobLoadException? LoadError { get; private init; }

    public InvocationData? Invocation { get; private init; }

    public string? State { get; private init; }

    public string? Reason { get; private init; }

    public Dictionary<string, string?>? Data { get; private init; }

    /// <summary>When the job came into its state.</summary>
    public DateTime? Since { get; private init; }

    public DateTime? FetchedAt { get; private init; }

    /// <summary>What the state says under a name.</summary>
    public string? Told(string name) => Data?.GetValueOrDefault(name);

    /// <summary>Jobs of a queue: its name, how many to pass over, how many to show.</summary>
    public static string OfQueue(string which) =>
        $"""
        SELECT q.job, q.fetched_at, {Columns}
        FROM (SELECT id, job, fetched_at FROM queued q WHERE queue = ?1 AND {which} ORDER BY id LIMIT ?3 OFFSET ?2) q
        LEFT JOIN job j ON j.id = q.job LEFT JOIN state s ON s.id = j.state_id
        ORDER BY q.id
        """;

    public static JobList<T> All<T>(Statement rows, Func<ListedJob, T> make)
    {
        var all = new List<KeyValuePair<string, T>>();
        while (rows.Next())
        {
            all.Add(new(JobIds.Text(rows.Number(0)), make(Read(rows))));
        }

        return new JobList<T>(all);
    }

    // The state, how many to pass over, how many to show. In the order in which the jobs came into it.
    private static string InState(string direction) =>
        $"""
        SELECT j.id, NULL, {Columns}
        FROM (SELECT id, state_id FROM job WHERE state = ?1 ORDER BY state_id {direction} LIMIT ?3 OFFSET ?2) i
        JOIN job j ON j.id = i.id LEFT JOIN state s ON s.id = j.state_id
        ORDER BY i.state_id {direction}
        """;

    private static ListedJob Read(Statement row)
    {
        if (row.IsNull(5))
        {
            return new ListedJob { FetchedAt = row.MaybeTime(1) };
        }

        var record = JobRecord.Read(row, 5);
        var (job, error) = record.Load();
        return new ListedJob
        {
            Job = job,
            LoadError = error,
            Invocation = record.Invocation,
            State = record.State,
            FetchedAt = row.MaybeTime(1),
            Reason = row.MaybeText(2),
            Data = row.IsNull(3) ? null : JobRecord.Words(row.Bytes(3)),
            Since = row.MaybeTime(4),
        };
    }
}
