using VzDump.Engine;
using VzDump.Jobs.Imports;
using VzDump.Jobs.Live;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Scheduling;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Saved;

/// <summary>The door to saved jobs. <see cref="RunFeed.WatchAllAsync"/> tells when some job or run has changed.</summary>
public sealed class BackupJobs
{
    private readonly JobStore _jobs;
    private readonly Takeovers _takeovers;
    private readonly JobSchedules _schedules;
    private readonly RunStarter _starter;
    private readonly RunChanges _changes;
    private readonly TimeProvider _time;

    internal BackupJobs(JobStore jobs, Takeovers takeovers, JobSchedules schedules, RunStarter starter, RunChanges changes, TimeProvider time)
    {
        _jobs = jobs;
        _takeovers = takeovers;
        _schedules = schedules;
        _starter = starter;
        _changes = changes;
        _time = time;
    }

    /// <summary>By name, with the next due times; without deleted ones.</summary>
    public Task<IReadOnlyList<SavedJob>> ListAsync(CancellationToken cancellation) => _jobs.ListAsync(cancellation);

    /// <summary>A deleted one too; null when there never was one.</summary>
    public async Task<SavedJob?> FindAsync(Guid id, CancellationToken cancellation) => (await _jobs.FindRowAsync(id, cancellation))?.ToJob();

    public async Task<SaveOutcome> CreateAsync(JobDraft draft, string by, CancellationToken cancellation)
    {
        if (draft.Problems() is { Count: > 0 } problems)
        {
            return new SaveOutcome.Invalid(problems);
        }

        var row = SavedJobRow.From(draft, by, _time.GetUtcNow());
        await _jobs.AddAsync(row, "job made", cancellation);
        return await ChangedAsync(row.Id);
    }

    /// <param name="version">Of the job as the editor read it.</param>
    public async Task<SaveOutcome> SaveAsync(Guid id, int version, JobDraft draft, string by, CancellationToken cancellation)
    {
        if (draft.Problems() is { Count: > 0 } problems)
        {
            return new SaveOutcome.Invalid(problems);
        }

        var read = await _jobs.FindRowAsync(id, cancellation);
        if (draft.Enabled && await OriginalIsOnAsync(read, cancellation) is { } on)
        {
            return on;
        }

        return read is { DeletedAt: null } && read.Version != version
            ? new SaveOutcome.ChangedMeanwhile(read.ToJob())
            : await UpdateAsync(read, row => row.With(draft, by, _time.GetUtcNow()), "job changed", cancellation);
    }

    /// <summary>Makes a copy that is switched off, so that the two do not run at once.</summary>
    public async Task<SaveOutcome> CloneAsync(Guid id, string by, CancellationToken cancellation)
    {
        if (await FindAsync(id, cancellation) is not { } job)
        {
            return new SaveOutcome.Gone();
        }

        const string mark = " (copy)";
        var name = job.Name.Length + mark.Length > JobDraft.LongestName ? job.Name[..(JobDraft.LongestName - mark.Length)] : job.Name;
        return await CreateAsync(JobDraft.From(job) with { Name = name + mark, Enabled = false }, by, cancellation);
    }

    public async Task<SaveOutcome> SetEnabledAsync(Guid id, bool enabled, string by, CancellationToken cancellation)
    {
        var read = await _jobs.FindRowAsync(id, cancellation);
        return enabled && await OriginalIsOnAsync(read, cancellation) is { } on ? on : await UpdateAsync(
            read,
            row => row.With(JobDraft.From(row.ToJob()) with { Enabled = enabled }, by, _time.GetUtcNow()),
            enabled ? "job switched on" : "job switched off",
            cancellation);
    }

    /// <summary>Takes it from the list. Its runs go on and stay in the history; <see cref="RestoreAsync"/> brings it back.</summary>
    public async Task<SaveOutcome> DeleteAsync(Guid id, string by, CancellationToken cancellation) => await UpdateAsync(
        await _jobs.FindRowAsync(id, cancellation), row => row.WithDeleted(_time.GetUtcNow(), by, _time.GetUtcNow()), "job deleted", cancellation);

    /// <summary>Undoes the deletion. What was due meanwhile is not made up for.</summary>
    public async Task<SaveOutcome> RestoreAsync(Guid id, string by, CancellationToken cancellation) =>
        await _jobs.FindRowAsync(id, cancellation) is not { } read ? new SaveOutcome.Gone()
            : read.DeletedAt is null ? new SaveOutcome.Saved(read.ToJob())
            : await TryUpdateAsync(read, read.WithDeleted(null, by, _time.GetUtcNow()), "job brought back", cancellation);

    /// <summary>Starts a run of the job as it is now, also of one that is switched off. Its schedule does not care.</summary>
    /// <exception cref="ProblemException">There is no such job.</exception>
    public async Task<Guid> RunNowAsync(Guid id, string by, CancellationToken cancellation)
    {
        var job = await FindAsync(id, cancellation) is { DeletedAt: null } found ? found : throw new ProblemException("This job was deleted. Bring it back first, or start a backup without it.");
        var now = _time.GetUtcNow();
        var run = new Run { Id = Guid.CreateVersion7(now), Job = job.Definition, StartedBy = by, SavedJob = id, SavedJobName = job.Name, CreatedAt = now };
        await _starter.StartAsync(run, cancellation);
        return run.Id;
    }

    // Both would run: who switched the original on again must decide which one is to.
    private async Task<SaveOutcome?> OriginalIsOnAsync(SavedJobRow? row, CancellationToken cancellation) =>
        row is { Enabled: false, DeletedAt: null, TakeoverPending: false, SourceFile: not null } && await _takeovers.IsOriginalOnAsync(row.ToJob().Source!, cancellation)
            ? new SaveOutcome.Invalid([new DraftProblem(nameof(JobDraft.Enabled), $"The job that this one was taken over from is on again in {row.SourceFile}. Switch it off there first, or keep this one off.")])
            : null;

    private Task<SaveOutcome> UpdateAsync(SavedJobRow? read, Func<SavedJobRow, SavedJobRow> change, string what, CancellationToken cancellation) =>
        read is not { DeletedAt: null } ? Task.FromResult<SaveOutcome>(new SaveOutcome.Gone()) : TryUpdateAsync(read, change(read), what, cancellation);

    private async Task<SaveOutcome> TryUpdateAsync(SavedJobRow read, SavedJobRow wanted, string what, CancellationToken cancellation)
    {
        if (await _jobs.TryUpdateAsync(read, wanted, what, cancellation))
        {
            return await ChangedAsync(read.Id);
        }

        return await FindAsync(read.Id, cancellation) is { } now ? new SaveOutcome.ChangedMeanwhile(now) : new SaveOutcome.Gone();
    }

    // It is saved: what follows is not for the caller to cancel, and should it fail, the next look at the schedules does it.
    private async Task<SaveOutcome> ChangedAsync(Guid id)
    {
        await _schedules.TryLookAsync(id);
        _changes.JobsChanged();
        return new SaveOutcome.Saved((await FindAsync(id, CancellationToken.None))!);
    }
}
