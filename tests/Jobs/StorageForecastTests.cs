using VzDump.Jobs.StorageUse;

namespace VzDump.Tests.Jobs;

public sealed class StorageForecastTests
{
    private const long GiB = 1L << 30;
    private static readonly DateTimeOffset Now = new(2026, 8, 22, 20, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Steady_growth_is_followed_to_the_day_it_ends() => AssertDays(50, Daily(30, day => 20 + day));

    [Fact]
    public void Archives_that_come_at_night_and_go_by_day_do_not_hide_the_growth() =>
        AssertDays(50, [.. Enumerable.Range(0, 30 * 24).Select(hour => Sample(hour / 24.0 - 30, 10 + hour / 24.0 + (hour % 24 < 6 ? 10 : 0)))], slack: 1.5);

    [Fact]
    public void One_great_copy_or_one_great_cleaning_is_no_growth()
    {
        Assert.IsType<StorageForecast.NotGrowing>(Of(Daily(30, day => day < 15 ? 20 : 60)));
        Assert.IsType<StorageForecast.NotGrowing>(Of(Daily(30, day => day < 15 ? 60 : 20)));
        Assert.IsType<StorageForecast.NotGrowing>(Of(Daily(30, _ => 20)));
        Assert.IsType<StorageForecast.NotGrowing>(Of(Daily(30, day => 60 - day)));
    }

    [Fact]
    public void One_day_far_off_moves_the_date_little() => AssertDays(50, Daily(30, day => day == 12 ? 95 : 20 + day), slack: 2);

    [Fact]
    public void Less_than_four_days_or_nothing_lately_is_not_enough()
    {
        Assert.IsType<StorageForecast.Unknown>(Of([]));
        Assert.IsType<StorageForecast.Unknown>(Of(Daily(3, day => 20 + day)));
        Assert.IsType<StorageForecast.FullAt>(Of(Daily(5, day => 20 + day)));
        Assert.IsType<StorageForecast.Unknown>(StorageForecast.Of(Daily(20, day => 20 + day), Now.AddDays(4)));
    }

    [Fact]
    public void A_disk_that_was_enlarged_lasts_longer_at_once_and_its_days_count_on() =>
        AssertDays(150, Daily(30, day => 20 + day, day => day < 28 ? 100 : 200));

    [Fact]
    public void Another_disk_under_the_same_name_begins_anew()
    {
        Assert.IsType<StorageForecast.Unknown>(Of(Daily(30, day => day < 28 ? 20 + day : 1, day => day < 28 ? 100 : 500)));
        AssertDays(490, Daily(30, day => day < 20 ? 90 : day - 20, day => day < 20 ? 100 : 500), slack: 1);
    }

    [Fact]
    public void What_is_full_is_full_now_and_what_is_far_off_has_no_date()
    {
        Assert.True(Assert.IsType<StorageForecast.FullAt>(Of([Sample(-0.01, 100)])).At <= Now);
        Assert.IsType<StorageForecast.NotSoon>(Of(Daily(30, day => 20 + day * 0.01)));
    }

    [Fact]
    public void Whatever_was_seen_there_is_an_answer_within_two_years()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var samples = Enumerable.Range(0, random.Next(60)).Select(_ => new StorageSample(Now.AddHours(-random.Next(24 * 40)), random.NextInt64(long.MaxValue), random.NextInt64(long.MaxValue))).ToList();
            if (StorageForecast.Of(samples, Now) is StorageForecast.FullAt full)
            {
                Assert.InRange(full.At, Now.AddDays(-3), Now.AddDays(StorageForecast.Ahead));
            }
        }
    }

    [Fact]
    public void Two_weeks_keep_each_hour_two_years_the_peak_of_each_day_and_thinning_twice_takes_nothing_more()
    {
        var all = Enumerable.Range(0, 24 * 800).Select(hour => new StorageSample(Now.AddHours(-hour), hour % 24 == 5 ? 7 : 3, 10)).ToList();
        var surplus = SampleThinning.Surplus(all, Now).ToHashSet();
        var kept = all.Where(sample => !surplus.Contains(sample)).ToList();

        Assert.Equal(14 * 24 + 21, kept.Count(sample => sample.At.UtcDateTime >= Now.UtcDateTime.Date.AddDays(-14)));
        var old = kept.Where(sample => sample.At.UtcDateTime < Now.UtcDateTime.Date.AddDays(-14)).ToList();
        Assert.Equal(716, old.Count);
        Assert.All(old, sample => Assert.Equal(7, sample.UsedBytes));
        Assert.Empty(SampleThinning.Surplus(kept, Now));
    }

    private static void AssertDays(double expected, IReadOnlyList<StorageSample> samples, double slack = 0.5) =>
        Assert.InRange((Assert.IsType<StorageForecast.FullAt>(Of(samples)).At - Now).TotalDays, expected - slack, expected + slack);

    private static StorageForecast Of(IReadOnlyList<StorageSample> samples) => StorageForecast.Of(samples, Now);

    /// <summary>One a day until now; the last is number <paramref name="count"/>.</summary>
    private static List<StorageSample> Daily(int count, Func<int, double> used, Func<int, double>? total = null) =>
        [.. Enumerable.Range(1, count).Select(day => Sample(day - count, used(day), total?.Invoke(day) ?? 100))];

    private static StorageSample Sample(double days, double usedGiB, double totalGiB = 100) => new(Now.AddDays(days), (long)(usedGiB * GiB), (long)(totalGiB * GiB));
}
