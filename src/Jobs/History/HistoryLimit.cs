using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VzDump.Jobs.Live;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.History;

/// <summary>Takes what is older than <see cref="HistoryOptions"/> wants from the database and the folder of logs, so that neither grows for ever.</summary>
internal sealed class HistoryLimit(JobsDatabase databases, RunLogFiles logFiles, RunChanges changes, IOptionsMonitor<HistoryOptions> options, TimeProvider time, ILogger<HistoryLimit> logger)
{
    // Small transactions: nobody who wants to begin a run waits for this.
    private const int AtOnce = 200;

    public async Task ApplyAsync(CancellationToken cancellation)
    {
        var (now, keep) = (time.GetUtcNow(), options.CurrentValue);
        var (runs, files, notes) = (0, 0, 0);
        if (keep.KeepRunsDays > 0)
        {
            var before = now.AddDays(-keep.KeepRunsDays);
            runs = await RemoveRunsAsync(before, cancellation);
            files = await RemoveForgottenLogsAsync(before, cancellation);
            await RemoveDeletedJobsAsync(before, cancellation);
        }

        if (keep.KeepAuditDays > 0)
        {
            notes = await RemoveNotesAsync(now.AddDays(-keep.KeepAuditDays), cancellation);
        }

        if (runs + files + notes > 0)
        {
            logger.HistoryShortened(runs, files, notes);
            changes.QueueMoved(); // lists of runs are others now
        }
    }

    // The log goes first. If the program dies in between, a run without a log is left, and goes next time; a log without a run nobody would know of.
    private async Task<int> RemoveRunsAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        for (var removed = 0; ;)
        {
            await using var database = databases.Open();
            var old = await database.Runs.AsNoTracking()
                .Where(run => run.CreatedAt < before && (run.FinishedAt == null || run.FinishedAt < before) && run.State != RunState.Queued && run.State != RunState.Running)
                .Where(run => run.JobId == null || !database.Jobs.Any(job => job.Id == run.JobId && job.DeletedAt == null)
                    || database.Runs.Any(other => other.JobId == run.JobId && other.CreatedAt > run.CreatedAt))
                .OrderBy(run => run.CreatedAt).Take(AtOnce).ToListAsync(cancellation);
            foreach (var run in old)
            {
                logFiles.Remove(run.ToRun());
            }

            var ids = old.ConvertAll(run => run.Id);
            await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
            await database.Tasks.Where(task => ids.Contains(task.RunId)).ExecuteDeleteAsync(cancellation);
            await database.Runs.Where(run => ids.Contains(run.Id)).ExecuteDeleteAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            removed += old.Count;
            if (old.Count < AtOnce)
            {
                return removed;
            }
        }
    }

    // Of runs that another database knew, say: one that was put back from a copy.
    private async Task<int> RemoveForgottenLogsAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        var removed = 0;
        foreach (var old in logFiles.OlderThan(before).Chunk(AtOnce))
        {
            await using var database = databases.Open();
            var ids = old.Select(log => log.Run).ToList();
            var known = await database.Runs.Where(run => ids.Contains(run.Id)).Select(run => run.Id).ToListAsync(cancellation);
            foreach (var (_, path) in old.Where(log => !known.Contains(log.Run)))
            {
                RunLogFiles.Remove(path);
                removed++;
            }
        }

        return removed;
    }

    private async Task RemoveDeletedJobsAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await database.Jobs.Where(job => job.DeletedAt < before && job.AlarmJob == null && !database.Runs.Any(run => run.JobId == job.Id && run.CreatedAt >= before)).ExecuteDeleteAsync(cancellation);
    }

    private async Task<int> RemoveNotesAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await database.Audit.Where(note => note.At < before).ExecuteDeleteAsync(cancellation);
    }
}
