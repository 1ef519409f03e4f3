using CsCheck;
using VzDump.Engine.Schedules;

namespace VzDump.Tests.Engine.Schedules;

public sealed class CalendarEventProperties
{
    private static readonly TimeZoneInfo[] Zones =
        [.. ((string[])["UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]).Select(TimeZoneInfo.FindSystemTimeZoneById)];

    // Around the days on which one of the zones turns its clock, and any day.
    private static readonly Gen<DateTime> Start = Gen.OneOf(
        Gen.Select(OneOf("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2011-12-30", "2027-02-28"), Gen.Int[-36 * 60, 12 * 60])
            .Select((day, minutes) => DateTime.Parse(day).AddMinutes(minutes)),
        Gen.Int[0, 200 * 365 * 1440].Select(minutes => new DateTime(1975, 1, 1).AddMinutes(minutes)));

    // Texts that look like schedules, so that more than the first character is read.
    private static readonly Gen<string> Noise = Gen.OneOf(
        Gen.String,
        OneOf("mon", "SUN", "fri..tue", "daily", "UTC", " ", "\t", "*", "/", "..", ",", "-", ":", "~", "0", "7", "24", "59", "2026", "99999999999999999999", "٣", "\0", "\r\n", "<b>", "\ud800", "")
            .Array[0, 14].Select(string.Concat));

    [Fact]
    public void By_minutes_runs_are_those_of_a_clock_that_is_watched() =>
        Gen.Select(SpokenEvent.Gen(seconds: false), OneOf(Zones), Start).Sample(
            (spoken, zone, start) => AssertAsWatched(spoken, zone, start, TimeSpan.FromMinutes(1), steps: 60 * 60),
            iter: 400);

    [Fact]
    public void By_seconds_runs_are_those_of_a_clock_that_is_watched() =>
        Gen.Select(SpokenEvent.Gen(seconds: true), OneOf(Zones), Start).Sample(
            (spoken, zone, start) => AssertAsWatched(spoken, zone, start, TimeSpan.FromSeconds(1), steps: 3 * 60 * 60),
            iter: 150);

    [Fact]
    public void Every_run_is_later_than_the_one_before_and_agrees_with_the_clock_unless_that_was_turned() =>
        Gen.Select(SpokenEvent.Gen(seconds: true), OneOf(Zones), Start).Sample(
            (spoken, zone, start) =>
            {
                var before = new DateTimeOffset(start, TimeSpan.Zero);
                foreach (var run in Parsed(spoken.Text)?.NextRuns(before, zone).Take(30) ?? [])
                {
                    Assert.True(run > before);
                    var clock = spoken.Text.EndsWith("UTC", StringComparison.Ordinal) ? TimeZoneInfo.Utc : zone;
                    Assert.Equal(TimeZoneInfo.ConvertTime(run, clock), run);
                    Assert.True(spoken.Agrees(run.DateTime) || clock.GetUtcOffset(run.AddSeconds(-1)) < clock.GetUtcOffset(run), $"{spoken.Text} at {run}");
                    before = run;
                }
            },
            iter: 2000);

    [Fact]
    public void The_text_of_every_schedule_reads_back_as_the_same_one() =>
        SpokenEvent.Gen(seconds: true).Sample(
            spoken =>
            {
                if (Parsed(spoken.Text) is { } due)
                {
                    var again = Parsed(due.ToString());
                    Assert.Equal(due, again);
                    Assert.Equal(due.ToString(), again!.ToString());
                    Assert.Equal(due.GetHashCode(), again.GetHashCode());
                    Assert.NotEmpty(due.InWords());
                }
            },
            iter: 3000);

    [Fact]
    public void No_text_makes_it_throw_and_every_refusal_is_one_line() =>
        Noise.Sample(
            text =>
            {
                if (CalendarEvent.TryParse(text, out var due, out var problem))
                {
                    Assert.True(CalendarEvent.TryParse(due.ToString(), out var again, out _));
                    Assert.Equal(due, again);
                    Assert.NotNull(due.Next(DateTimeOffset.UnixEpoch.AddDays(-1), TimeZoneInfo.Utc));
                }
                else
                {
                    Assert.DoesNotContain(problem, char.IsControl);
                    Assert.InRange(problem.Length, 10, 300);
                    Assert.EndsWith(".", problem, StringComparison.Ordinal);
                }
            },
            iter: 20_000);

    [Fact]
    public void A_text_of_a_megabyte_is_refused_at_once() =>
        Assert.False(CalendarEvent.TryParse(string.Join(',', Enumerable.Repeat("1", 500_000)), out _, out _));

    // Steps through the time in UTC and looks at the clock: whatever it newly came to, or passed over when it was turned forward, is due.
    private static void AssertAsWatched(SpokenEvent spoken, TimeZoneInfo zone, DateTime start, TimeSpan step, int steps)
    {
        if (Parsed(spoken.Text) is not { } due)
        {
            return;
        }

        var clock = spoken.Text.EndsWith("UTC", StringComparison.Ordinal) ? TimeZoneInfo.Utc : zone;
        var now = new DateTimeOffset(start, TimeSpan.Zero);
        var end = now + (step * steps);

        // What was shown before the start counts too: the clock may be going through an hour for the second time.
        var untilNextMinute = TimeSpan.FromMinutes(1) - step;
        var shown = Enumerable.Range(0, 26 * 60).Max(minutes => TimeZoneInfo.ConvertTime(now.AddMinutes(-minutes), clock).DateTime + (minutes == 0 ? TimeSpan.Zero : untilNextMinute));
        var watched = new List<DateTimeOffset>();
        for (var at = now + step; at <= end; at += step)
        {
            var shows = TimeZoneInfo.ConvertTime(at, clock);
            var isDue = false;
            for (; shown < shows.DateTime; shown += step)
            {
                isDue |= spoken.Agrees(shown + step);
            }

            if (isDue)
            {
                watched.Add(shows);
            }
        }

        var found = due.NextRuns(now, zone).TakeWhile(run => run <= end).ToList();
        Assert.True(watched.SequenceEqual(found), $"{spoken.Text} in {clock.Id} after {start:s}: watched {string.Join(' ', watched.Except(found).Take(3))}, found {string.Join(' ', found.Except(watched).Take(3))}");
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(at => values[at]);

    private static CalendarEvent? Parsed(string text)
    {
        var read = CalendarEvent.TryParse(text, out var due, out var problem);
        Assert.True(read || problem!.Contains("never comes", StringComparison.Ordinal), $"{text}: {problem}");
        return due;
    }
}
