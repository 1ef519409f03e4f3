using System.Collections.Concurrent;

namespace VzDump.HangfireSqlite.Queueing;

/// <summary>The jobs that workers of this process have in their hands.</summary>
internal sealed class FetchedJobs
{
    private readonly ConcurrentDictionary<SqliteFetchedJob, bool> _jobs = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyCollection<SqliteFetchedJob> All => [.. _jobs.Keys];

    public void Add(SqliteFetchedJob job) => _jobs.TryAdd(job, true);

    public void Remove(SqliteFetchedJob job) => _jobs.TryRemove(job, out _);
}
