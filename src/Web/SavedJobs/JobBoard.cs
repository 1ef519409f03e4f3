using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;

namespace VzDump.Web.SavedJobs;

/// <summary>Reads together what the list of jobs shows.</summary>
public sealed class JobBoard(BackupJobs jobs, BackupRuns runs)
{
    public async Task<IReadOnlyList<JobRow>> ReadAsync(CancellationToken cancellation)
    {
        var rows = new List<JobRow>();
        foreach (var job in await jobs.ListAsync(cancellation))
        {
            rows.Add(new JobRow(job, (await runs.ListOfJobAsync(job.Id, 1, cancellation)).FirstOrDefault()));
        }

        return rows;
    }
}

/// <param name="Last">Its newest run, which may still wait or work; null when it never ran.</param>
public sealed record JobRow(SavedJob Job, Run? Last)
{
    public bool IsWorking => Last is { State: RunState.Queued or RunState.Running };
}
