using System.Diagnostics;
using System.Globalization;
using VzDump.Engine.Schedules;

namespace VzDump.Tests.Engine.Schedules;

public sealed class CalendarEventTests
{
    private static readonly TimeZoneInfo Vienna = TimeZoneInfo.FindSystemTimeZoneById("Europe/Vienna");

    [Theory]
    [InlineData("mon..fri 21:00", "2026-11-20 21:00", "2026-11-23 21:00")]
    [InlineData("sat 02:30", "2026-11-22 00:00", "2026-11-28 02:30")]
    [InlineData("*/15", "2026-11-22 10:14:59", "2026-11-22 10:15")]
    [InlineData("*/15", "2026-11-22 10:15", "2026-11-22 10:30")]
    [InlineData("22", "2026-11-22 10:00", "2026-11-22 10:22")]
    [InlineData("mon..fri 22", "2026-11-20 23:30", "2026-11-23 00:22")]
    [InlineData("2..23/2:00", "2026-11-22 22:00", "2026-11-23 02:00")]
    [InlineData("8:00/15", "2026-11-22 08:45", "2026-11-23 08:00")]
    [InlineData("5/2:0", "2026-11-22 05:00", "2026-11-22 07:00")]
    [InlineData("6,4..10:23,5/5", "2026-11-22 00:00", "2026-11-22 04:05")]
    [InlineData("*:*:*", "2026-11-22 10:00:00.5", "2026-11-22 10:00:01")]
    [InlineData("*:3:5", "2026-11-22 10:04", "2026-11-22 11:03:05")]
    [InlineData("minutely", "2026-11-22 10:00", "2026-11-22 10:01")]
    [InlineData("hourly", "2026-11-22 10:00", "2026-11-22 11:00")]
    [InlineData("daily", "2026-11-22 10:00", "2026-11-23 00:00")]
    [InlineData("weekly", "2026-11-22 10:00", "2026-11-23 00:00")]
    [InlineData("monthly", "2026-11-22 10:00", "2026-12-01 00:00")]
    [InlineData("quarterly", "2026-11-22 10:00", "2027-01-01 00:00")]
    [InlineData("semiannually", "2027-01-01 00:00", "2027-07-01 00:00")]
    [InlineData("semi-annually", "2027-07-01 00:00", "2028-01-01 00:00")]
    [InlineData("yearly", "2026-11-22 10:00", "2027-01-01 00:00")]
    [InlineData("ANNUALLY", "2026-11-22 10:00", "2027-01-01 00:00")]
    [InlineData("*-*-1 03:00", "2026-12-01 03:00", "2027-01-01 03:00")]
    [InlineData("sat *-*-1..7 03:00", "2026-12-06 00:00", "2027-01-02 03:00")]
    [InlineData("Monday,wed..FRI", "2026-11-20 00:00", "2026-11-23 00:00")]
    [InlineData("fri..mon 1:00", "2026-11-23 01:00", "2026-11-27 01:00")]
    [InlineData("02-28", "2026-11-22 00:00", "2027-02-28 00:00")]
    [InlineData("2-29", "2026-11-22 00:00", "2028-02-29 00:00")]
    [InlineData("*/4-2-29 12:00", "2026-11-22 00:00", "2028-02-29 12:00")]
    [InlineData("2027-7..9-2/2", "2026-11-22 00:00", "2027-07-02 00:00")]
    [InlineData("*-*-31", "2027-01-31 00:00", "2027-03-31 00:00")]
    [InlineData("  mon \t 3:00  ", "2026-11-22 00:00", "2026-11-23 03:00")]
    public void The_next_run_is_as_Proxmox_VE_has_it(string text, string after, string next) =>
        Assert.Equal(Utc(next), Parsed(text).Next(Utc(after), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("3:00 UTC")]
    [InlineData("3:00UTC")]
    [InlineData("3:00 utc")]
    public void With_UTC_a_time_is_that_of_UTC_in_every_zone(string text) =>
        Assert.Equal(Utc("2026-11-22 03:00"), Parsed(text).Next(Utc("2026-11-22 00:00"), Vienna));

    [Fact]
    public void A_time_is_that_of_the_zone_and_is_given_with_its_offset()
    {
        var next = Parsed("3:00").Next(Utc("2026-11-22 00:00"), Vienna);

        Assert.Equal("2026-11-22 03:00 +01:00", next?.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("24:00", "'24' at character 1 is no hour: they go from 0 to 23; midnight is 0:00.")]
    [InlineData("25:30", "'25' at character 1 is no hour: they go from 0 to 23; midnight is 0:00.")]
    [InlineData("mon 3:75", "'75' at character 7 is no minute: they go from 0 to 59.")]
    [InlineData("99", "'99' at character 1 is no minute: they go from 0 to 59.")]
    [InlineData("3:00:00.5", "'00.5' at character 6 is no second: a number is needed here.")]
    [InlineData("17..8:00", "'17..8' at character 1 goes backwards: write the smaller number first, or two ranges with a comma between.")]
    [InlineData("*/0", "'0' at character 3 is no step: after / stands every how many minutes, from 1 to 59.")]
    [InlineData("5/", "Nothing at character 3 is no step: after / stands every how many minutes, from 1 to 59.")]
    [InlineData("1..2..3", "'1..2..3' at character 1 is not understood: one writes 5, 5..10, 5/2 or 5..10/2.")]
    [InlineData("*..5", "'*' at character 1 is no minute: a number is needed here.")]
    [InlineData("*,5", "'*' at character 1 is no minute: a number is needed here.")]
    [InlineData("1,*/5", "'*' at character 3 is no minute: a number is needed here.")]
    [InlineData("*/5,7", "'5,7' at character 3 is no step: after / stands every how many minutes, from 1 to 59.")]
    [InlineData("1:2:3:4", "'1:2:3:4' at character 1 is no time: a time is hour:minute, hour:minute:second, or a minute alone.")]
    [InlineData("2026-13-01", "'13' at character 6 is no month: they go from 1 to 12.")]
    [InlineData("26-12-01", "'26' at character 1 is no year: they go from 1970 to 2199.")]
    [InlineData("1-2-3-4", "'1-2-3-4' at character 1 is no date: a date is year-month-day or month-day.")]
    [InlineData("*-*~1", "'~1' at character 4 counts days from the end of a month, which Proxmox VE does not do: name days of the month.")]
    [InlineData("mo 3:00", "'mo' at character 1 is no day of the week: they are mon, tue, wed, thu, fri, sat and sun, joined by , or .. and followed by a space.")]
    [InlineData("mon..frei", "'frei' at character 6 is no day of the week: they are mon, tue, wed, thu, fri, sat and sun, joined by , or .. and followed by a space.")]
    [InlineData("mon, tue", "Nothing at character 5 is no day of the week: they are mon, tue, wed, thu, fri, sat and sun, joined by , or .. and followed by a space.")]
    [InlineData("daily 3:00", "'daily' at character 1 is a whole schedule and stands alone; without it the date and the time can be written.")]
    [InlineData("3:00 Europe/Vienna", "'Europe/Vienna' at character 6 was not expected: a schedule is weekdays, a date and a time, in this order and each without spaces, and perhaps UTC; no other time zone can be named.")]
    [InlineData("*-2-30", "'*-2-30' never comes: no such day exists in the years 1970 to 2199.")]
    [InlineData("2021-02-29", "'2021-02-29' never comes: no such day exists in the years 1970 to 2199.")]
    [InlineData("mon 2026-11-22", "'mon 2026-11-22' never comes: no such day exists in the years 1970 to 2199.")]
    [InlineData("", "A schedule needs a time, e.g. 21:00, or a day, e.g. sat.")]
    [InlineData(" UTC", "A schedule needs a time, e.g. 21:00, or a day, e.g. sat.")]
    public void What_is_wrong_is_named_with_its_place(string text, string problem)
    {
        Assert.False(CalendarEvent.TryParse(text, out var parsed, out var told));

        Assert.Null(parsed);
        Assert.Equal(problem, told);
    }

    [Theory]
    [InlineData("mon..fri 21:00", "At 21:00, Monday to Friday")]
    [InlineData("sat 02:30", "At 02:30, on Saturdays")]
    [InlineData("sat,sun 1:00", "At 01:00, on Saturdays and Sundays")]
    [InlineData("mon..wed,sat 1:00", "At 01:00, Monday to Wednesday and Saturday")]
    [InlineData("*/15", "Every 15 minutes")]
    [InlineData("mon */20", "Every 20 minutes, on Mondays")]
    [InlineData("22", "At minute 22 of every hour")]
    [InlineData("7/20", "At minutes 7, 27 and 47 of every hour")]
    [InlineData("2..23/2:00", "At 02:00, 04:00, 06:00, 08:00, 10:00, 12:00, 14:00, 16:00, 18:00, 20:00 and 22:00, every day")]
    [InlineData("8..17:*/15", "Every 15 minutes of hours 8 to 17, every day")]
    [InlineData("8..20/3:1/7", "At minutes 1 to 57 in steps of 7 of hours 8 to 20 in steps of 3, every day")]
    [InlineData("*:*:*", "Every second")]
    [InlineData("*:*:30", "At second 30 of every minute")]
    [InlineData("*:5:*/20", "Every 20 seconds of minute 5 of every hour")]
    [InlineData("3:05:09", "At 03:05:09, every day")]
    [InlineData("daily", "At 00:00, every day")]
    [InlineData("minutely", "Every minute")]
    [InlineData("hourly", "At minute 0 of every hour")]
    [InlineData("weekly", "At 00:00, on Mondays")]
    [InlineData("quarterly", "At 00:00, on day 1 of January, April, July and October")]
    [InlineData("yearly", "At 00:00, on 1 January of every year")]
    [InlineData("*-*-1 03:00", "At 03:00, on day 1 of every month")]
    [InlineData("sat *-*-1..7 03:00", "At 03:00, on days 1 to 7 of every month, if it is Saturday")]
    [InlineData("2027-*-* 3:00", "At 03:00, every day of 2027")]
    [InlineData("*-3-* 3:00", "At 03:00, every day of March")]
    [InlineData("2027-12-24 18:00 UTC", "At 18:00, on 24 December of 2027, in UTC")]
    public void A_schedule_is_said_in_words(string text, string words) => Assert.Equal(words, Parsed(text).InWords());

    [Theory]
    [InlineData("Monday,tue..FRI 9:5", "mon..fri 09:05")]
    [InlineData("sun..mon", "mon,sun 00:00")]
    [InlineData("22", "*:22")]
    [InlineData("*/15", "*:00/15")]
    [InlineData("2..23/2:00", "02/2:00")]
    [InlineData("8..16/2:30:15", "08..16/2:30:15")]
    [InlineData("4..10,6:23,5/5", "04..10:05,10,15,20,23,25,30,35,40,45,50,55")]
    [InlineData("2-29 UTC", "*-2-29 00:00 UTC")]
    [InlineData("2027-1..3-* 0", "2027-1..3-* *:00")]
    [InlineData("mon..sun *-*-* *:*:*", "*:*:*")]
    public void A_schedule_has_one_text_and_it_reads_back(string text, string canonical)
    {
        Assert.Equal(canonical, Parsed(text).ToString());
        Assert.Equal(Parsed(text), Parsed(canonical));
    }

    [Theory]
    [InlineData("2:30", "2026-03-28 12:00", "2026-03-29 03:00 +02:00", "2026-03-30 02:30 +02:00")]
    [InlineData("2:0/15", "2026-03-29 00:00", "2026-03-29 03:00 +02:00", "2026-03-30 02:00 +02:00")]
    [InlineData("2,3:00", "2026-03-29 00:00", "2026-03-29 03:00 +02:00", "2026-03-30 02:00 +02:00")]
    [InlineData("2:30", "2026-10-24 12:00", "2026-10-25 02:30 +02:00", "2026-10-26 02:30 +01:00")]
    [InlineData("hourly", "2026-10-25 00:30", "2026-10-25 03:00 +01:00", "2026-10-25 04:00 +01:00")]
    public void Where_the_clock_is_turned_a_time_is_due_once_at_the_first_moment_it_can_be(string text, string after, string first, string second) =>
        Assert.Equal([first, second], Parsed(text).NextRuns(Utc(after), Vienna).Take(2).Select(run => run.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)));

    [Fact]
    public void A_day_that_a_zone_left_out_is_made_up_for_at_the_next_ones_beginning()
    {
        // Samoa went from the 29th to the 31st of December 2011.
        var apia = TimeZoneInfo.FindSystemTimeZoneById("Pacific/Apia");

        Assert.Equal(
            ["12-29 12:00", "12-31 00:00", "12-31 12:00"],
            Parsed("12:00").NextRuns(Utc("2011-12-29 21:00"), apia).Take(3).Select(run => run.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_schedule_whose_days_are_over_has_no_next_run()
    {
        Assert.Equal(Utc("2020-07-31 00:00"), Parsed("2020-07-31").Next(Utc("2020-07-30 00:00"), TimeZoneInfo.Utc));
        Assert.Null(Parsed("2020-07-31").Next(Utc("2020-07-31 00:00"), TimeZoneInfo.Utc));
        Assert.Null(Parsed("daily").Next(DateTimeOffset.MaxValue, Vienna));
        Assert.Equal(1970, Parsed("daily").Next(DateTimeOffset.MinValue, Vienna)?.Year);
    }

    [Fact]
    public void Rare_events_are_found_at_once()
    {
        var rare = Parsed("mon *-2-29 23:59:59");
        var started = Stopwatch.GetTimestamp();
        for (var n = 0; n < 1000; n++)
        {
            Assert.Equal(Utc("2044-02-29 23:59:59"), rare.Next(Utc("2026-11-22 00:00").AddDays(n), TimeZoneInfo.Utc));
        }

        // About 5 ms; a search by days would take a second, one by seconds hours.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    private static CalendarEvent Parsed(string text) =>
        CalendarEvent.TryParse(text, out var parsed, out var problem) ? parsed : throw new ArgumentException(problem, nameof(text));

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
