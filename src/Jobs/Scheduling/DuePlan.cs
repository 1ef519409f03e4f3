using VzDump.Engine.Schedules;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Scheduling;

/// <summary>What the clock says about one job: what is to begin, what was missed, and when to look again. Pure: it reads no clock and changes nothing.</summary>
/// <param name="Decisions">Oldest first; at most one of them begins a run.</param>
/// <param name="DecidedUntil">Up to here every due time is answered by the decisions or was before.</param>
/// <param name="Next">Null when nothing is due ever again.</param>
internal sealed record DuePlan(IReadOnlyList<DueDecision> Decisions, DateTimeOffset DecidedUntil, DateTimeOffset? Next)
{
    /// <summary>How late a run may begin and still be on time: a restart of the program, a loaded machine or a leap of the clock by a little loses no backup.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromMinutes(5);

    // Each step back is so much longer that few due times lie between it and the one before: the last due time is found in at most 64 looks or so.
    private static readonly TimeSpan[] StepsBack =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(32),
        TimeSpan.FromDays(366), TimeSpan.FromDays(366 * 9), TimeSpan.FromDays(366 * 120),
    ];

    /// <param name="asked">The due time that somebody was told to call for; null for a look at any moment.</param>
    public static DuePlan For(CalendarEvent schedule, DateTimeOffset decidedUntil, DateTimeOffset? asked, bool repeatMissed, DateTimeOffset now, TimeZoneInfo zone)
    {
        var next = schedule.Next(now, zone);

        // The clock was set back, or is not set yet after a start. What it shows now was answered before, if it is true; only a call that was
        // ordered for just now is believed. Due times are answered once, so nothing runs twice.
        if (decidedUntil > now)
        {
            return new DuePlan(asked is { } at && at <= now && now - at <= Grace && schedule.Next(at.AddTicks(-1), zone) == at ? [new DueDecision.Begin(new RunTrigger.Schedule(at))] : [], decidedUntil, next);
        }

        if (LastUntil(now, schedule, zone) is not { } last || last <= decidedUntil)
        {
            return new DuePlan([], decidedUntil, next);
        }

        var due = schedule.NextRuns(decidedUntil, zone).TakeWhile(time => time <= last).Take(RunTrigger.MostCounted).Count();
        return new DuePlan([.. Decide(schedule, last, due, repeatMissed, now, zone)], last, next);
    }

    private static IEnumerable<DueDecision> Decide(CalendarEvent schedule, DateTimeOffset last, int due, bool repeatMissed, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (now - last > Grace)
        {
            yield return repeatMissed ? new DueDecision.Begin(new RunTrigger.CatchUp(last, due)) : new DueDecision.Miss(last, due);
            yield break;
        }

        // The run that is due now stands for the missed ones too, where those are to be repeated.
        if (due > 1 && !repeatMissed && LastUntil(last.AddTicks(-1), schedule, zone) is { } before)
        {
            yield return new DueDecision.Miss(before, due - 1);
        }

        yield return new DueDecision.Begin(new RunTrigger.Schedule(last));
    }

    private static DateTimeOffset? LastUntil(DateTimeOffset until, CalendarEvent schedule, TimeZoneInfo zone)
    {
        foreach (var step in StepsBack)
        {
            var found = schedule.Next(until - step, zone);
            if (found is null || found > until)
            {
                continue;
            }

            while (found is { } time && schedule.Next(time, zone) is { } later && later <= until)
            {
                found = later;
            }

            return found;
        }

        return null;
    }
}

/// <summary>The answer to due times of a job.</summary>
internal abstract record DueDecision
{
    private DueDecision()
    {
    }

    public sealed record Begin(RunTrigger Trigger) : DueDecision;

    /// <param name="At">The last of them.</param>
    public sealed record Miss(DateTimeOffset At, int Count) : DueDecision;
}
