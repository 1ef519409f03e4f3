using VzDump.Engine.Guests;
using VzDump.Engine.Schedules;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;

namespace VzDump.Web.Overview;

/// <summary>What became of a guest's backups on one day.</summary>
public enum DayState
{
    /// <summary>No backup was due, and none was made.</summary>
    NoneDue,
    Ok,

    /// <summary>The last one of the day failed or was stopped.</summary>
    Failed,

    /// <summary>One was due, and none was made.</summary>
    Overdue,
    Running,
}

/// <param name="Backups">Of that day, newest first.</param>
/// <param name="Due">When the first backup that was not made was due; null when none is missing.</param>
public sealed record GuestDay(DateOnly Day, DayState State, IReadOnlyList<PastBackup> Backups, DateTimeOffset? Due);

/// <param name="Jobs">Names of the jobs that back it up by themselves.</param>
/// <param name="Days">Oldest first, without gaps.</param>
public sealed record GuestDays(Guest Guest, IReadOnlyList<string> Jobs, IReadOnlyList<GuestDay> Days)
{
    public bool IsCovered => Jobs.Count > 0;

    /// <summary>The newest day on which a backup was made or missed; null when there is none.</summary>
    public GuestDay? Last => Days.LastOrDefault(day => day.State is not DayState.NoneDue);
}

/// <summary>A job that has a schedule, and the guests of this node that it means now.</summary>
public sealed record CoveringJob(SavedJob Job, CalendarEvent? Schedule, IReadOnlySet<GuestId> Guests)
{
    /// <summary>Whether it backs its guests up without anybody's doing.</summary>
    public bool Runs => Job.Enabled && !Job.TakeoverPending && Schedule is not null;
}

/// <summary>The guests of this node day by day. Pure.</summary>
public sealed record DayBoard(IReadOnlyList<DateOnly> Days, IReadOnlyList<GuestDays> Guests)
{
    public const int DaysShown = 30;

    private const int MostDuesOfDay = 24;

    // A run may wait for those before it; only what is later than this is called overdue.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>The first moment that the board shows.</summary>
    public static DateTimeOffset SinceOf(DateTimeOffset now, TimeZoneInfo viewer)
    {
        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, viewer).DateTime).AddDays(1 - DaysShown).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(first, viewer.GetUtcOffset(first));
    }

    /// <param name="missed">Runs that were due and did not begin.</param>
    /// <param name="node">The zone of the schedules.</param>
    /// <param name="viewer">The zone of the days.</param>
    public static DayBoard Of(
        IEnumerable<Guest> guests, IEnumerable<PastBackup> backups, IReadOnlyList<CoveringJob> jobs, IReadOnlyList<Run> missed, DateTimeOffset now, TimeZoneInfo node, TimeZoneInfo viewer)
    {
        var today = DayOf(now);
        var days = Enumerable.Range(0, DaysShown).Select(day => today.AddDays(day + 1 - DaysShown)).ToList();
        var made = backups.ToLookup(backup => backup.Guest);
        var dues = jobs.Where(job => job.Runs).Select(job => (job.Guests, Times: DuesOf(job, now, node, SinceOf(now, viewer)))).ToList();
        return new DayBoard(days, [.. guests.Select(RowOf)]);

        GuestDays RowOf(Guest guest)
        {
            var due = dues.Where(job => job.Guests.Contains(guest.Id)).SelectMany(job => job.Times)
                .Concat(missed.Where(run => Means(run, guest.Id, jobs)).Select(run => DueOf(run)))
                .GroupBy(DayOf).ToDictionary(group => group.Key, group => group.Order().ToList());
            var own = made[guest.Id].OrderByDescending(backup => backup.StartedAt).ToList();
            return new GuestDays(
                guest,
                [.. jobs.Where(job => job.Runs && job.Guests.Contains(guest.Id)).Select(job => job.Job.Name)],
                [.. days.Select(day => CellOf(day, [.. own.Where(backup => DayOf(backup.StartedAt) == day)], due.GetValueOrDefault(day, []), own))]);
        }

        DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, viewer).DateTime);
    }

    private static GuestDay CellOf(DateOnly day, IReadOnlyList<PastBackup> backups, IReadOnlyList<DateTimeOffset> dues, IReadOnlyList<PastBackup> own)
    {
        var open = dues.Where(due => !own.Any(backup => Answers(backup, due) || (backups.Contains(backup) && backup.StartedAt >= due))).Select(due => (DateTimeOffset?)due).FirstOrDefault();
        var state = backups switch
        {
            [] => open is null ? DayState.NoneDue : DayState.Overdue,
            _ when backups.Any(backup => backup.State is RunTaskState.Running or RunTaskState.Todo) => DayState.Running,
            [{ State: not RunTaskState.Done }, ..] => DayState.Failed,
            _ => open is null ? DayState.Ok : DayState.Overdue,
        };
        return new GuestDay(day, state, backups, open);
    }

    // A run may begin a moment early by another clock, or wait for those before it past midnight.
    private static bool Answers(PastBackup backup, DateTimeOffset due) => backup.StartedAt >= due.AddMinutes(-1) && backup.StartedAt <= due.AddHours(12);

    // By the schedule as it is now, and not before it was given: what was due then is known from the runs alone.
    private static List<DateTimeOffset> DuesOf(CoveringJob job, DateTimeOffset now, TimeZoneInfo node, DateTimeOffset since)
    {
        var from = job.Job.ChangedAt > since ? job.Job.ChangedAt : since;
        var all = new List<DateTimeOffset>();
        for (var day = since; day <= now; day = day.AddDays(1))
        {
            var (after, end) = (day > from ? day.AddTicks(-1) : from, day.AddDays(1) < now - Patience ? day.AddDays(1) : now - Patience);

            // Of a job for every minute some due times tell enough.
            all.AddRange(job.Schedule!.NextRuns(after, node).TakeWhile(due => due < end).Take(MostDuesOfDay));
        }

        return all;
    }

    private static DateTimeOffset DueOf(Run run) => run.Trigger is RunTrigger.CatchUp catchUp ? catchUp.At : run.CreatedAt;

    private static bool Means(Run run, GuestId guest, IReadOnlyList<CoveringJob> jobs) => run.Job.Selection switch
    {
        GuestSelection.Ids ids => ids.Guests.Contains(guest),
        GuestSelection.All all => !all.Except.Contains(guest),
        _ => jobs.Any(job => job.Job.Id == run.SavedJob && job.Guests.Contains(guest)),
    };
}
