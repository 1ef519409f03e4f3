using System.Globalization;
using Microsoft.EntityFrameworkCore;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Store;

/// <summary>The memory of runs. Each change of a state is one statement that names the state it expects, so that of two callers one wins.</summary>
internal sealed class RunStore(JobsDatabase databases)
{
    public async Task AddAsync(Run run, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        database.Add(RunRow.From(run));
        await database.SaveChangesAsync(cancellation);
    }

    public async Task<Run?> FindAsync(Guid id, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var row = await database.Runs.AsNoTracking().Include(run => run.Tasks).SingleOrDefaultAsync(run => run.Id == id, cancellation);
        return row?.ToRun();
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Run>> ListAsync(int skip, int take, RunFilter filter, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var rows = await Matching(database, filter).AsNoTracking().Include(run => run.Tasks)
            .OrderByDescending(run => run.CreatedAt).ThenByDescending(run => run.Id)
            .Skip(skip).Take(take).ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToRun())];
    }

    /// <summary>Of one saved job, newest first.</summary>
    public async Task<IReadOnlyList<Run>> ListOfJobAsync(Guid job, int take, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var rows = await database.Runs.AsNoTracking().Include(run => run.Tasks).Where(run => run.JobId == job)
            .OrderByDescending(run => run.CreatedAt).ThenByDescending(run => run.Id).Take(take).ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToRun())];
    }

    /// <summary>Those that worked then or later.</summary>
    public async Task<IReadOnlyList<Run>> ListSinceAsync(DateTimeOffset since, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var rows = await database.Runs.AsNoTracking().Include(run => run.Tasks)
            .Where(run => run.StartedAt != null && (run.FinishedAt == null || run.FinishedAt >= since)).ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToRun())];
    }

    /// <summary>Due times since then at which no run began, newest first.</summary>
    public async Task<IReadOnlyList<Run>> ListMissedAsync(DateTimeOffset since, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var rows = await database.Runs.AsNoTracking().Include(run => run.Tasks)
            .Where(run => run.State == RunState.Missed && run.CreatedAt >= since).OrderByDescending(run => run.CreatedAt).ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToRun())];
    }

    /// <summary>Runs that checked an archive and came to an end by themselves, oldest first.</summary>
    public Task<IReadOnlyList<Run>> ListVerifiedAsync(CancellationToken cancellation) => ListMarkedAsync(JobJson.VerifyMark, cancellation);

    /// <summary>The same for runs that tried an archive.</summary>
    public Task<IReadOnlyList<Run>> ListTriedAsync(CancellationToken cancellation) => ListMarkedAsync(JobJson.TrialMark, cancellation);

    private async Task<IReadOnlyList<Run>> ListMarkedAsync(string mark, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var rows = await database.Runs.AsNoTracking().Include(run => run.Tasks)
            .Where(run => run.Job.Contains(mark) && (run.State == RunState.Succeeded || run.State == RunState.Failed))
            .OrderBy(run => run.FinishedAt).ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToRun())];
    }

    /// <summary>The waiting runs in the order in which they begin.</summary>
    public async Task<List<Guid>> ListQueueAsync(CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await database.Runs.Where(run => run.State == RunState.Queued)
            .OrderBy(run => run.CreatedAt).ThenBy(run => run.Id).Select(run => run.Id).ToListAsync(cancellation);
    }

    /// <summary>A run that repeats this one and is not over; null when there is none.</summary>
    public async Task<Guid?> FindOpenRetryAsync(Guid of, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await database.Runs.Where(run => run.RetryOf == of && (run.State == RunState.Queued || run.State == RunState.Running))
            .Select(run => (Guid?)run.Id).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<Run>> ListInAsync(RunState state, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        var rows = await database.Runs.AsNoTracking().Include(run => run.Tasks).Where(run => run.State == state)
            .OrderBy(run => run.CreatedAt).ThenBy(run => run.Id).ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToRun())];
    }

    public async Task<int> CountAsync(RunFilter filter, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await Matching(database, filter).CountAsync(cancellation);
    }

    public async Task SetHangfireJobAsync(Guid id, string job, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await database.Runs.Where(run => run.Id == id).ExecuteUpdateAsync(set => set.SetProperty(run => run.HangfireJob, job), cancellation);
    }

    public async Task<string?> FindHangfireJobAsync(Guid id, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await database.Runs.Where(run => run.Id == id).Select(run => run.HangfireJob).SingleOrDefaultAsync(cancellation);
    }

    /// <summary>Queued becomes Running. False when the run was not queued; of several callers one hears true.</summary>
    public async Task<bool> TryClaimAsync(Guid id, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        return await database.Runs.Where(run => run.Id == id && run.State == RunState.Queued).ExecuteUpdateAsync(
            set => set.SetProperty(run => run.State, RunState.Running).SetProperty(run => run.StartedAt, at), cancellation) == 1;
    }

    // Not asynchronous: Hangfire's state filters, which call these, are not either, and each is one statement.

    /// <summary>Whether this job in Hangfire is not the one that is to execute the run: the run was queued again since.</summary>
    public bool IsQueuedOtherwise(Guid id, string hangfireJob)
    {
        using var database = databases.Open();
        return database.Runs.Any(run => run.Id == id && run.HangfireJob != null && run.HangfireJob != hangfireJob);
    }

    /// <summary>Null when unknown.</summary>
    public RunState? StateOf(Guid id)
    {
        using var database = databases.Open();
        return database.Runs.Where(run => run.Id == id).Select(run => (RunState?)run.State).SingleOrDefault();
    }

    /// <summary>A queued run becomes Cancelled; of a working one it is noted who wants it to stop, and false when somebody did before.</summary>
    public StopOutcome Stop(Guid id, string by, DateTimeOffset at)
    {
        using var database = databases.Open();
        if (database.Runs.Where(run => run.Id == id && run.State == RunState.Queued).ExecuteUpdate(set => set
                .SetProperty(run => run.State, RunState.Cancelled)
                .SetProperty(run => run.CancelledBy, by)
                .SetProperty(run => run.FinishedAt, at)) == 1)
        {
            return StopOutcome.Cancelled;
        }

        // The first who asks is the one who is named.
        if (database.Runs.Where(run => run.Id == id && run.State == RunState.Running && run.CancelledBy == null)
                .ExecuteUpdate(set => set.SetProperty(run => run.CancelledBy, by)) == 1)
        {
            return StopOutcome.Asked;
        }

        return database.Runs.Any(run => run.Id == id && run.State == RunState.Running) ? StopOutcome.AskedBefore : StopOutcome.Over;
    }

    /// <summary>Ends a run that nobody ends otherwise. False when it is over.</summary>
    public bool TryFail(Guid id, string error, DateTimeOffset at)
    {
        using var database = databases.Open();
        return database.Runs.Where(run => run.Id == id && (run.State == RunState.Queued || run.State == RunState.Running)).ExecuteUpdate(set => set
            .SetProperty(run => run.State, RunState.Failed)
            .SetProperty(run => run.Error, error)
            .SetProperty(run => run.FinishedAt, at)) == 1;
    }

    public async Task AddTasksAsync(Guid id, IReadOnlyList<RunTask> tasks, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        database.AddRange(tasks.Select((task, position) => RunTaskRow.From(id, position, task)));
        await database.SaveChangesAsync(cancellation);
    }

    public async Task UpdateTasksAsync(Guid id, IEnumerable<(int Position, RunTask Task)> tasks, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        database.UpdateRange(tasks.Select(changed => RunTaskRow.From(id, changed.Position, changed.Task)));
        await database.SaveChangesAsync(cancellation);
    }

    /// <summary>Writes how a working run ended, with all its tasks. False when it was not working.</summary>
    public async Task<bool> FinishAsync(Run run, CancellationToken cancellation)
    {
        await using var database = databases.Open();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        if (await database.Runs.Where(row => row.Id == run.Id && row.State == RunState.Running).ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.State, run.State)
                    .SetProperty(row => row.Error, run.Error)
                    .SetProperty(row => row.FinishedAt, run.FinishedAt),
                cancellation) != 1)
        {
            return false;
        }

        if (run.Work is RunWork.Trial { Evidence: not null })
        {
            var text = JobJson.Write(run.Job, run.Work);
            await database.Runs.Where(row => row.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.Job, text), cancellation);
        }

        await database.Tasks.Where(task => task.RunId == run.Id).ExecuteDeleteAsync(cancellation);
        database.AddRange(run.Tasks.Select((task, position) => RunTaskRow.From(run.Id, position, task)));
        await database.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    private static IQueryable<RunRow> Matching(JobsDbContext database, RunFilter filter)
    {
        IQueryable<RunRow> rows = database.Runs;
        var guests = filter.Scope?.Guests.Select(guest => guest.Value).ToList();
        if (filter.Scope is { StartedBy: var by })
        {
            rows = rows.Where(run => run.StartedBy == by || run.Tasks.Any(task => guests!.Contains(task.Guest)));
        }

        if (filter.State is { } state)
        {
            rows = rows.Where(run => run.State == state);
        }

        if (filter.Find?.Trim() is { Length: > 0 } find)
        {
            // PostgreSQL's and SQLite's own rules for letters differ; both can make them small. Names of guests that are not his must not answer.
            var (words, vmid) = (find.ToLowerInvariant(), int.TryParse(find, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
            rows = rows.Where(run => (run.JobName != null && run.JobName.ToLower().Contains(words))
                || run.Tasks.Any(task => (task.Guest == vmid || task.Name.ToLower().Contains(words)) && (guests == null || guests.Contains(task.Guest))));
        }

        return rows;
    }
}

/// <summary>What came of asking a run to stop.</summary>
internal enum StopOutcome
{
    /// <summary>It waited, and will not run.</summary>
    Cancelled,

    /// <summary>It works; its token is to be cancelled.</summary>
    Asked,

    /// <summary>It works, and somebody had asked already.</summary>
    AskedBefore,

    /// <summary>Over, or unknown.</summary>
    Over,
}
