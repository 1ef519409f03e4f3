using Bunit;
using VzDump.Engine.Guests;
using VzDump.Engine.Schedules;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Web.Overview;

namespace VzDump.Tests.bUnit;

public sealed class DayBoardTests : Page
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void The_board_has_thirty_days_without_gaps_and_ends_today()
    {
        var board = Board([]);
        Assert.Equal(30, board.Days.Count);
        Assert.Equal(DateOnly.FromDateTime(Make.Now.Date), board.Days[^1]);
        Assert.All(board.Days.Zip(board.Days.Skip(1)), pair => Assert.Equal(pair.First.AddDays(1), pair.Second));
    }

    [Fact]
    public void A_day_shows_how_its_last_backup_ended() => Assert.Equal(
        [DayState.Failed, DayState.Ok],
        States(Board([Make.Past(age: Day), Make.Past(age: Day - TimeSpan.FromHours(1), state: RunTaskState.Failed), Make.Past(age: TimeSpan.FromHours(2), state: RunTaskState.Failed), Make.Past()])));

    [Fact]
    public void A_backup_at_work_shows_as_running() => Assert.Equal(DayState.Running, States(Board([Make.Past(state: RunTaskState.Running)])).Last());

    [Fact]
    public void A_day_on_which_a_job_was_due_and_nothing_was_made_is_overdue()
    {
        var job = Cover(Make.Job("03:00", age: 10 * Day, guests: 101));
        var cell = Board([Make.Past(age: Day + TimeSpan.FromHours(9))], job).Guests[0].Days[^1];
        Assert.Equal(DayState.Overdue, cell.State);
        Assert.Equal(Make.Now.Date.AddHours(3), cell.Due!.Value.UtcDateTime);
    }

    [Fact]
    public void A_job_that_was_made_today_makes_no_earlier_day_overdue() =>
        Assert.All(Board([], Cover(Make.Job("03:00", guests: 101))).Guests[0].Days, day => Assert.Equal(DayState.NoneDue, day.State));

    [Fact]
    public void A_backup_that_waited_past_midnight_answers_the_day_before()
    {
        var board = Board([Make.Past(age: TimeSpan.FromHours(11.5))], Cover(Make.Job("23:30", age: 1.2 * Day, guests: 101)));
        Assert.Equal(DayState.NoneDue, board.Guests[0].Days[^2].State);
    }

    [Fact]
    public void A_run_that_was_missed_shows_even_after_its_job_was_changed()
    {
        var missed = Make.Run(RunState.Missed) with { Trigger = new RunTrigger.CatchUp(Make.Now - 3 * Day, 1) };
        var board = DayBoard.Of([Make.Guest()], [], [], [missed], Make.Now, TimeZoneInfo.Utc, TimeZoneInfo.Utc);
        Assert.Equal(DayState.Overdue, board.Guests[0].Days[^4].State);
    }

    [Fact]
    public void A_job_that_is_switched_off_or_waits_to_be_taken_over_covers_nobody()
    {
        Assert.False(Board([], Cover(Make.Job(enabled: false, guests: 101))).Guests[0].IsCovered);
        Assert.False(Board([], Cover(Make.Job(guests: 101) with { TakeoverPending = true })).Guests[0].IsCovered);
        Assert.False(Board([], Cover(Make.Job(schedule: null, guests: 101))).Guests[0].IsCovered);
        Assert.True(Board([], Cover(Make.Job(guests: 101))).Guests[0].IsCovered);
    }

    [Fact]
    public void Days_are_those_of_the_viewer()
    {
        var tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");
        var board = DayBoard.Of([Make.Guest()], [Make.Past(age: TimeSpan.FromHours(-4))], [], [], Make.Now.AddHours(5), TimeZoneInfo.Utc, tokyo);
        Assert.Equal(new DateOnly(2026, 8, 23), board.Guests[0].Last!.Day);
    }

    [Fact]
    public void The_worst_state_is_told_first()
    {
        var covered = Cover(Make.Job(guests: 101));
        Assert.Equal("bad", Told(Board([Make.Past(state: RunTaskState.Failed)], covered)).Tone);
        Assert.Contains("1 guest failed", Told(Board([Make.Past(state: RunTaskState.Failed)], covered)).Sentence);
        Assert.Equal("The storage 'nas' cannot be used", Told(Board([Make.Past()], covered), Make.Storage("nas", "It is not mounted.")).Sentence);
        Assert.Equal("1 guest is not covered by any job", Told(Board([Make.Past()])).Sentence);
        Assert.Equal("good", Told(Board([Make.Past()], covered)).Tone);
        Assert.Equal("quiet", OverviewState.Of(DayBoard.Of([], [], [], [], Make.Now, TimeZoneInfo.Utc, TimeZoneInfo.Utc), [], new HashSet<GuestId>(), [], NoGuest).Tone);
    }

    [Fact]
    public void A_guest_that_never_had_a_backup_is_a_warning() =>
        Assert.Equal("1 guest has no backup yet", OverviewState.Of(Board([], Cover(Make.Job(guests: 101))), [], new HashSet<GuestId>(), [], NoGuest).Sentence);

    [Fact]
    public void A_guest_that_did_not_come_back_in_its_restore_test_is_not_called_safe()
    {
        var told = OverviewState.Of(Board([Make.Past()], Cover(Make.Job(guests: 101))), [], new HashSet<GuestId> { Make.Id(101) }, [], new HashSet<GuestId> { Make.Id(101) });
        Assert.Equal(("The last restore test of 1 guest failed", "bad"), (told.Sentence, told.Tone));
    }

    [Fact]
    public void An_archive_that_was_found_damaged_is_told()
    {
        var told = OverviewState.Of(Board([Make.Past()], Cover(Make.Job(guests: 101))), [], new HashSet<GuestId> { Make.Id(101) }, [Make.Archive()], NoGuest);
        Assert.Equal(("The last check of 1 archive failed", "bad"), (told.Sentence, told.Tone));
        Assert.Contains(Make.Archive().Name, told.Detail);
    }

    [Fact]
    public void Each_cell_says_its_state_in_words_and_leads_to_its_backups()
    {
        var table = Render<DayTable>(with => with.Add(t => t.Board, Board([Make.Past(state: RunTaskState.Failed)])));
        var cell = table.Find("[data-guest='101'] [data-state='failed']");
        Assert.Equal("/?guest=101&day=2026-08-22", cell.GetAttribute("href"));
        Assert.Contains("22 Aug: failed, 1 backup", cell.TextContent);
        Assert.Equal(30, table.FindAll("[data-guest='101'] td").Count);
    }

    [Fact]
    public void The_backups_of_a_day_lead_to_their_runs()
    {
        var run = Guid.NewGuid();
        var tasks = Render<DayTasks>(with => with.Add(t => t.Guest, Make.Guest()).Add(t => t.Day, new GuestDay(new DateOnly(2026, 8, 22), DayState.Failed, [Make.Past(state: RunTaskState.Failed, run: run, error: "no space left")], null)));
        Assert.Contains("no space left", tasks.Find("[data-testid=past-backup]").TextContent);
        Assert.Equal($"/runs/{run}?guest=101", tasks.Find("a[href^='/runs/']").GetAttribute("href"));
    }

    [Fact]
    public void Without_jobs_and_storages_the_overview_says_what_to_do_next()
    {
        Assert.Contains("No job is due", Render<NextRuns>(with => with.Add(n => n.Jobs, [])).Markup);
        Assert.Contains("storage.cfg", Render<StorageUse>(with => with.Add(u => u.Storages, [])).Markup);
        Assert.Contains("not mounted", Render<StorageUse>(with => with.Add(u => u.Storages, [Make.Storage("nas", "It is not mounted.")])).Markup);
    }

    private static CoveringJob Cover(SavedJob job) => new(
        job, job.Schedule is { } text && CalendarEvent.TryParse(text, out var schedule, out _) ? schedule : null, ((GuestSelection.Ids)job.Definition.Selection).Guests.ToHashSet());

    private static DayBoard Board(IEnumerable<PastBackup> backups, params IReadOnlyList<CoveringJob> jobs) =>
        DayBoard.Of([Make.Guest()], backups, jobs, [], Make.Now, TimeZoneInfo.Utc, TimeZoneInfo.Utc);

    private static IEnumerable<DayState> States(DayBoard board) => board.Guests[0].Days.Select(day => day.State).Where(state => state is not DayState.NoneDue);

    private static OverviewState Told(DayBoard board, params IReadOnlyList<StorageState> storages) => OverviewState.Of(board, storages, new HashSet<GuestId> { Make.Id(101) }, [], NoGuest);

    private static HashSet<GuestId> NoGuest => [];
}
