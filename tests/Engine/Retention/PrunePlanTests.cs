using System.Globalization;
using CsCheck;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;

namespace VzDump.Tests.Engine.Retention;

public sealed class PrunePlanTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Fact]
    public void Without_a_count_everything_is_kept()
    {
        Assert.Empty(PrunePlan.For(Daily(5), KeepPolicy.All, Berlin).Removals);
        Assert.Empty(PrunePlan.For(Daily(5), KeepPolicy.TryParse("keep-last=0")!, Berlin).Removals);
        Assert.Empty(PrunePlan.For(Daily(5), KeepPolicy.TryParse("keep-all=1")!, Berlin).Removals);
    }

    [Fact]
    public void The_last_ones_are_kept_and_the_oldest_go_first() =>
        Assert.Equal(["01", "02", "03"], PrunePlan.For(Daily(5), new KeepPolicy { Last = 2 }, Berlin).Removals.Select(archive => archive.Time.Day.ToString("00", CultureInfo.InvariantCulture)));

    [Fact]
    public void A_protected_archive_is_kept_and_uses_no_keep_slot()
    {
        var archives = Daily(3).ToList();
        archives[2] = archives[2] with { IsProtected = true };

        Assert.Equal([1], PrunePlan.For(archives, new KeepPolicy { Last = 1 }, Berlin).Removals.Select(archive => archive.Time.Day));
    }

    [Fact]
    public void A_renamed_archive_is_never_removed() =>
        Assert.Empty(PrunePlan.For([Made(1) with { IsRenamed = true, Guest = null }, Made(2)], new KeepPolicy { Last = 1 }, Berlin).Removals);

    [Fact]
    public void Each_guest_is_judged_by_itself()
    {
        var plan = PrunePlan.For([Made(1), Made(2), Made(1, guest: 102), Made(1, kind: GuestKind.Qemu)], new KeepPolicy { Last = 1 }, Berlin);

        Assert.Equal(Made(1).Path, Assert.Single(plan.Removals).Path);
    }

    [Fact]
    public void A_time_that_an_earlier_rule_covers_uses_no_slot_of_a_later_one()
    {
        // keep-last takes the newest of day 5; keep-daily=2 then keeps days 4 and 3, not day 5 again.
        var plan = PrunePlan.For([.. Daily(5), Made(5, hour: 20)], new KeepPolicy { Last = 1, Daily = 2 }, Berlin);

        Assert.Equal([(5, 20), (4, 3), (3, 3)], plan.Marks.Where(mark => mark.Mark is PruneMark.Keep).Select(mark => (mark.Archive.Time.Day, mark.Archive.Time.Hour)));
    }

    [Fact]
    public void Of_two_in_one_bucket_the_newer_is_kept_and_the_reason_says_so()
    {
        var plan = PrunePlan.For([Made(1, hour: 3), Made(1, hour: 20)], new KeepPolicy { Daily = 5 }, Berlin);

        Assert.Equal("daily 1 of 5", plan.Marks[0].Mark.Reason);
        Assert.Equal(new PruneMark.Remove("a newer one of 2026-08-01 is kept (daily)"), plan.Marks[1].Mark);
    }

    [Fact]
    public void A_day_is_a_day_of_the_nodes_clock()
    {
        // 22:30 and 23:30 UTC are 0:30 and 1:30 of the next day in Berlin: one day.
        var archives = new[] { At(new DateTimeOffset(2026, 8, 1, 22, 30, 0, TimeSpan.Zero)), At(new DateTimeOffset(2026, 8, 1, 23, 30, 0, TimeSpan.Zero)), At(new DateTimeOffset(2026, 8, 1, 21, 30, 0, TimeSpan.Zero)) };

        Assert.Equal(22, Assert.Single(PrunePlan.For(archives, new KeepPolicy { Daily = 9 }, Berlin).Removals).Time.Hour);
    }

    [Fact]
    public void The_week_of_new_year_is_one_week() =>
        Assert.Single(PrunePlan.For([At(new DateTimeOffset(2026, 12, 30, 3, 0, 0, TimeSpan.Zero)), At(new DateTimeOffset(2027, 1, 2, 3, 0, 0, TimeSpan.Zero))], new KeepPolicy { Weekly = 9 }, Berlin).Removals);

    [Theory]
    [InlineData("2026-03-28T23:30", "2026-03-29T20:30", 1)] // the day of 23 hours: 0:30 and 22:30
    [InlineData("2026-10-24T22:30", "2026-10-25T22:30", 1)] // the day of 25 hours: 0:30 and 23:30
    [InlineData("2026-10-24T21:30", "2026-10-25T22:30", 0)] // 23:30 of the day before
    public void The_days_on_which_clocks_are_turned_are_days(string first, string second, int removed) =>
        Assert.Equal(removed, PrunePlan.For([Utc(first), Utc(second)], new KeepPolicy { Daily = 9 }, Berlin).Removals.Count);

    [Theory]
    [InlineData("2020-12-28T12:00", "2021-01-03T12:00", 1)] // Monday to Sunday of week 53 of 2020
    [InlineData("2021-01-03T12:00", "2021-01-04T12:00", 0)]
    [InlineData("2024-12-30T12:00", "2025-01-05T12:00", 1)] // week 1 of 2025 begins in 2024
    [InlineData("2018-01-01T12:00", "2018-12-31T12:00", 0)] // week 1 of 2018, and week 1 of 2019 in the same year
    public void Weeks_are_those_of_ISO_8601_also_at_the_turn_of_years(string first, string second, int removed) =>
        Assert.Equal(removed, PrunePlan.For([Utc(first), Utc(second)], new KeepPolicy { Weekly = 9 }, Berlin).Removals.Count);

    [Fact]
    public void An_archive_that_claims_to_be_of_the_future_is_simply_the_newest() =>
        Assert.Equal(Made(2).Path, Assert.Single(PrunePlan.For([Utc("2099-01-01T00:00"), Made(2), Made(3)], new KeepPolicy { Last = 2 }, Berlin).Removals).Path);

    [Fact]
    public void Two_archives_of_the_same_second_are_two_archives() =>
        Assert.Single(PrunePlan.For([Made(1), Made(1) with { Path = Made(1).Path + ".zst" }], new KeepPolicy { Last = 1 }, Berlin).Removals);

    [Fact]
    public void Whatever_there_is_the_newest_is_kept_and_no_more_than_the_counts_allow() =>
        Gen.Select(Gen.Int[0, 400 * 24].Array[1, 60], Gen.Int[0, 3].Array[6]).Sample((hours, counts) =>
        {
            var archives = hours.Distinct().Select(hour => At(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(hour))).ToList();
            var keep = new KeepPolicy { Last = counts[0], Hourly = counts[1], Daily = counts[2], Weekly = counts[3], Monthly = counts[4], Yearly = counts[5] };
            var plan = PrunePlan.For(archives, keep, Berlin);
            var kept = plan.Marks.Where(mark => mark.Mark is PruneMark.Keep).Select(mark => mark.Archive).ToList();
            Assert.Equal(archives.Count, plan.Marks.Count);
            if (keep.KeepsAll)
            {
                Assert.Equal(archives.Count, kept.Count);
            }
            else
            {
                Assert.Contains(archives.MaxBy(archive => archive.Time)!, kept);
                Assert.True(kept.Count <= counts.Sum());
                Assert.True(kept.Count >= Math.Min(archives.Count, counts[0]));
                // Pruning again what is left removes nothing that the same rule kept by "last".
                Assert.True(PrunePlan.For(kept, keep with { Hourly = 0, Daily = 0, Weekly = 0, Monthly = 0, Yearly = 0 }, Berlin).Marks.Count(mark => mark.Mark is PruneMark.Keep) >= Math.Min(kept.Count, counts[0]));
            }
        });

    [Theory]
    [InlineData("keep-last=3,keep-daily=7", "keep-last=3,keep-daily=7")]
    [InlineData("keep-yearly=1;keep-last=0", "keep-yearly=1")]
    [InlineData("keep-all=1", "keep-all=1")]
    public void A_policy_is_read_and_written(string text, string written) => Assert.Equal(written, KeepPolicy.TryParse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("keep-last")]
    [InlineData("keep-last=-1")]
    [InlineData("keep-last=x")]
    [InlineData("keep-often=3")]
    [InlineData("keep-all=1,keep-last=1")]
    [InlineData("keep-all=2")]
    public void What_is_no_policy_is_refused(string text) => Assert.Null(KeepPolicy.TryParse(text));

    private static Archive Utc(string time) => At(DateTimeOffset.Parse(time + "Z", CultureInfo.InvariantCulture));

    private static IEnumerable<Archive> Daily(int days) => Enumerable.Range(1, days).Select(day => Made(day));

    private static Archive Made(int day, int hour = 3, int guest = 101, GuestKind kind = GuestKind.Lxc) =>
        At(new DateTimeOffset(2026, 8, day, hour, 0, 0, TimeSpan.FromHours(2))) with { Guest = GuestId.Parse($"{guest}"), Kind = kind, Path = $"/dump/{kind}-{guest}-{day:00}-{hour:00}" };

    private static Archive At(DateTimeOffset time) =>
        new() { Storage = "local", Path = $"/dump/{time:yyyyMMddHHmmss}", Kind = GuestKind.Lxc, Guest = GuestId.Parse("101"), Time = time, Size = 1 };
}
