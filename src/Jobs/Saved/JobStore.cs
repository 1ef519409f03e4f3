using Microsoft.EntityFrameworkCore;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Saved;

/// <summary>The memory of saved jobs. A change and the note of who made it are one transaction.</summary>
internal sealed class JobStore(JobsDatabase databases)
{
    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<SavedJob>> ListAsync(CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var rows = await database.Jobs.AsNoTracking().Where(job => job.DeletedAt == null).OrderBy(job => job.Name).ThenBy(job => job.Id).ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToJob())];
    }

    /// <summary>Of all that may have a schedule or an ordered call.</summary>
    public async Task<IReadOnlyList<Guid>> ListIdsAsync(CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await database.Jobs.Where(job => job.DeletedAt == null || job.AlarmJob != null).OrderBy(job => job.CreatedAt).Select(job => job.Id).ToListAsync(cancellation);
    }

    /// <summary>Deleted ones too.</summary>
    public async Task<SavedJobRow?> FindRowAsync(Guid id, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await database.Jobs.AsNoTracking().SingleOrDefaultAsync(job => job.Id == id, cancellation);
    }

    public async Task AddAsync(SavedJobRow job, string what, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        database.Add(job);
        database.Add(Note(job.CreatedAt, job.CreatedBy, what, job.Name, job.SourceFile is { } file ? $"from {file}: {job.SourceKey}" : null));
        await database.SaveChangesAsync(cancellation);
    }

    /// <summary>Writes what a person changed of the job. False when it is not as it was read any more.</summary>
    public async Task<bool> TryUpdateAsync(SavedJobRow read, SavedJobRow wanted, string what, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        if (await database.Jobs.Where(job => job.Id == read.Id && job.Version == read.Version).ExecuteUpdateAsync(
                set => set
                    .SetProperty(job => job.Name, wanted.Name)
                    .SetProperty(job => job.Comment, wanted.Comment)
                    .SetProperty(job => job.Enabled, wanted.Enabled)
                    .SetProperty(job => job.Schedule, wanted.Schedule)
                    .SetProperty(job => job.RepeatMissed, wanted.RepeatMissed)
                    .SetProperty(job => job.Definition, wanted.Definition)
                    .SetProperty(job => job.Version, read.Version + 1)
                    .SetProperty(job => job.ChangedAt, wanted.ChangedAt)
                    .SetProperty(job => job.ChangedBy, wanted.ChangedBy)
                    .SetProperty(job => job.DeletedAt, wanted.DeletedAt),
                cancellation) != 1)
        {
            return false;
        }

        // Where the change does not concern the schedule, what was answered meanwhile stays answered.
        if (wanted.DecidedUntil != read.DecidedUntil)
        {
            await database.Jobs.Where(job => job.Id == read.Id).ExecuteUpdateAsync(set => set.SetProperty(job => job.DecidedUntil, wanted.DecidedUntil), cancellation);
        }

        database.Add(Note(wanted.ChangedAt, wanted.ChangedBy, what, wanted.Name, null));
        await database.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>While its original is on, an imported job has nothing to answer for: what is due up to then is the original's.</summary>
    public async Task WaitFromAsync(Guid id, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await database.Jobs.Where(job => job.Id == id && job.TakeoverPending).ExecuteUpdateAsync(set => set.SetProperty(job => job.DecidedUntil, at), cancellation);
    }

    /// <summary>The original is at rest: from now on this one has a schedule.</summary>
    /// <param name="from">What was due up to then is the original's; null for as it was noted.</param>
    public async Task EndTakeoverAsync(SavedJobRow read, DateTimeOffset? from, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        var waiting = database.Jobs.Where(job => job.Id == read.Id && job.TakeoverPending);
        if (from is { } time)
        {
            await waiting.ExecuteUpdateAsync(set => set.SetProperty(job => job.DecidedUntil, time), cancellation);
        }

        if (await waiting.ExecuteUpdateAsync(set => set.SetProperty(job => job.TakeoverPending, false), cancellation) == 1)
        {
            database.Add(Note(at, read.CreatedBy, "original switched off", read.Name, $"in {read.SourceFile}: {read.SourceKey}"));
            await database.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
    }

    public async Task SetAlarmAsync(Guid id, DateTimeOffset? at, string? call, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await database.Jobs.Where(job => job.Id == id).ExecuteUpdateAsync(
            set => set.SetProperty(job => job.AlarmAt, at).SetProperty(job => job.AlarmJob, call), cancellation);
    }

    /// <summary>
    /// Records the answers to due times together with how far they reach. Null when the job is not as it was read any more; else what was
    /// recorded: without due times that were answered before, and with at most one waiting run of the job.
    /// </summary>
    public async Task<IReadOnlyList<Run>?> TryDecideAsync(SavedJobRow read, DateTimeOffset until, IReadOnlyList<Run> answers, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        if (await database.Jobs.Where(job => job.Id == read.Id && job.Version == read.Version && job.DecidedUntil == read.DecidedUntil && !job.TakeoverPending)
                .ExecuteUpdateAsync(set => set.SetProperty(job => job.DecidedUntil, until), cancellation) != 1)
        {
            return null;
        }

        var recorded = new List<Run>();
        foreach (var answer in answers)
        {
            if (await database.Runs.AnyAsync(run => run.JobId == read.Id && run.Due == answer.Trigger.Due, cancellation))
            {
                continue;
            }

            var waits = answer.State is RunState.Queued && await database.Runs.AnyAsync(run => run.JobId == read.Id && run.State == RunState.Queued, cancellation);
            var run = waits ? answer.MissedFor(answer.Trigger.Due!.Value, 1, "An earlier run of this job still waited for its turn.") : answer;
            database.Add(RunRow.From(run));
            recorded.Add(run);
        }

        await database.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return recorded;
    }

    private static AuditRow Note(DateTimeOffset at, string who, string what, string subject, string? details) =>
        new() { At = at, Who = who, What = what, Subject = subject, Details = details };
}
