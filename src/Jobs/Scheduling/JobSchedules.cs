using Microsoft.Extensions.Logging;
using VzDump.Engine.Schedules;
using VzDump.Jobs.Imports;
using VzDump.Jobs.Live;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Scheduling;

/// <summary>
/// Answers the due times of saved jobs. Whoever looks, when and how often: what happens follows from the database and the clock alone, and a
/// due time is answered once. So Hangfire may call early, late, twice or never.
/// </summary>
internal sealed class JobSchedules(
    JobStore jobs, Takeovers takeovers, RunStarter starter, JobAlarm alarm, RunChanges changes, TimeProvider time, ILogger<JobSchedules> logger) : IDisposable
{
    // The clock may be wrong for a while after a start, or be set right later. After so long what it shows is taken for true.
    private static readonly TimeSpan Trust = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _one = new(1);
    private readonly long _began = time.GetTimestamp();

    /// <summary>Looks at every job: one that fails does not keep the others from their backups.</summary>
    public async Task LookAtAllAsync(CancellationToken cancellation)
    {
        foreach (var job in await jobs.ListIdsAsync(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            await TryLookAsync(job);
        }
    }

    /// <summary>Looks now; when that fails, the next look at all does it.</summary>
    public async Task TryLookAsync(Guid job)
    {
        try
        {
            await LookAsync(job, null, CancellationToken.None);
        }
        catch (Exception error)
        {
            logger.ScheduleFailed(error, job);
        }
    }

    /// <summary>Begins what is due, notes what was missed, and orders the next call.</summary>
    /// <param name="asked">The due time that this call was ordered for.</param>
    public async Task LookAsync(Guid id, DateTimeOffset? asked, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            // A person may change the job meanwhile: then what was planned does not count.
            while (await jobs.FindRowAsync(id, cancellation) is { } row)
            {
                if (row is { SourceFile: not null, DeletedAt: null } && await takeovers.GoOnAsync(row, cancellation))
                {
                    continue;
                }

                if (!IsActive(row, out var schedule))
                {
                    await alarm.SetAsync(row, null, cancellation);
                    return;
                }

                var now = time.GetUtcNow();
                var plan = DuePlan.For(schedule, row.DecidedUntil, asked, row.RepeatMissed, now, time.LocalTimeZone);
                if (row.DecidedUntil > now && time.GetElapsedTime(_began) > Trust)
                {
                    plan = plan with { DecidedUntil = now };
                }

                if (await DecideAsync(row, plan, now, cancellation))
                {
                    await alarm.SetAsync(row, plan.Next, cancellation);
                    return;
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static bool IsActive(SavedJobRow row, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CalendarEvent? schedule)
    {
        schedule = null;
        return row is { Enabled: true, DeletedAt: null, TakeoverPending: false, Schedule: { } text } && CalendarEvent.TryParse(text, out schedule, out _);
    }

    private async Task<bool> DecideAsync(SavedJobRow row, DuePlan plan, DateTimeOffset now, CancellationToken cancellation)
    {
        if (plan.Decisions.Count == 0 && plan.DecidedUntil == row.DecidedUntil)
        {
            return true;
        }

        IReadOnlyList<Run>? answered = null;
        await starter.StartRecordedAsync(
            async () =>
            {
                answered = await jobs.TryDecideAsync(row, plan.DecidedUntil, [.. plan.Decisions.Select(decision => Answer(row, decision, now))], cancellation);
                return answered?.FirstOrDefault(run => run.State is RunState.Queued)?.Id;
            },
            cancellation);
        foreach (var run in answered ?? [])
        {
            if (run.State is RunState.Missed)
            {
                logger.DueMissed(row.Name, run.Trigger.Due ?? now, run.Error ?? "");
                changes.StateChanged(run.Id);
            }
        }

        return answered is not null;
    }

    private static Run Answer(SavedJobRow row, DueDecision decision, DateTimeOffset now)
    {
        var run = new Run
        {
            Id = Guid.CreateVersion7(now),
            Job = JobJson.Read(row.Definition),
            StartedBy = Run.Scheduler,
            SavedJob = row.Id,
            SavedJobName = row.Name,
            CreatedAt = now,
        };
        return decision switch
        {
            DueDecision.Begin begin => run with { Trigger = begin.Trigger },
            DueDecision.Miss miss => run.MissedFor(miss.At, miss.Count, miss.Count == 1
                ? "This program was not running when it was due."
                : $"This program was not running when it was due, {(miss.Count < RunTrigger.MostCounted ? "" : "at least ")}{miss.Count} times."),
            _ => throw new InvalidOperationException(),
        };
    }
}
