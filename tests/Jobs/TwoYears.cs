using Microsoft.Extensions.Time.Testing;
using VzDump.Jobs.Runs;

namespace VzDump.Tests.Jobs;

/// <summary>Two years of nights, counted by a calendar that knows nothing of schedules.</summary>
public sealed class TwoYears : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2028, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Half = new(2, 30, 0);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    public async Task Every_night_has_its_backup_once_also_those_in_which_the_clock_is_turned(string zoneId)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var clock = new FakeTimeProvider(Begin);
        clock.SetLocalTimeZone(zone);
        await using var desk = await Desk.StartAsync(_folder, clock);
        await desk.AddAsync("02:30");
        while (await desk.NextCallAsync(End))
        {
        }

        var runs = await desk.RunsAsync();

        Assert.Equal(Nights(zone), runs.Select(run => run.Trigger.Due!.Value));
        Assert.All(runs, run => Assert.Equal((RunState.Succeeded, new RunTrigger.Schedule(run.Trigger.Due!.Value)), (run.State, run.Trigger)));
        Assert.All(runs, run => Assert.Equal(run.Trigger.Due, run.CreatedAt));
    }

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("America/New_York", false)]
    [InlineData("Australia/Lord_Howe", true)]
    public async Task With_stops_of_hours_and_weeks_and_a_clock_that_is_set_back_and_forth_no_night_is_lost_or_doubled(string zoneId, bool repeatMissed)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var clock = new FakeTimeProvider(Begin);
        clock.SetLocalTimeZone(zone);
        var random = new Random(20260822);
        var desk = await Desk.StartAsync(_folder, clock);
        await desk.AddAsync("02:30", repeatMissed);
        while (clock.GetUtcNow() < End)
        {
            for (var nights = random.Next(1, 30); nights > 0 && await desk.NextCallAsync(End); nights--)
            {
            }

            switch (random.Next(3))
            {
                case 0:
                    await desk.DisposeAsync();
                    clock.SetUtcNow(clock.GetUtcNow().AddHours(random.Next(1, 24 * 20)));
                    desk = await Desk.StartAsync(_folder, clock);
                    break;
                case 1:
                    clock.AdjustTime(clock.GetUtcNow().AddMinutes(random.Next(1, 300)));
                    await desk.LookAsync();
                    break;
                default:
                    clock.AdjustTime(clock.GetUtcNow().AddMinutes(-random.Next(1, 300)));
                    await desk.LookAsync();
                    break;
            }

            await desk.FinishAsync();
        }

        var runs = await desk.RunsAsync();
        await desk.DisposeAsync();

        var nights2 = Nights(zone).ToList();
        Assert.Equal(runs.Count, runs.Select(run => run.Trigger.Due).Distinct().Count());
        Assert.All(runs, run => Assert.True(run.Trigger.Due > End || nights2.Contains(run.Trigger.Due!.Value)));
        var answered = runs.SelectMany(run => run.Trigger is RunTrigger.CatchUp late ? nights2.Where(night => night <= late.At).TakeLast(late.Missed) : [run.Trigger.Due!.Value]).ToList();
        Assert.Empty(nights2.Except(answered));
        Assert.Equal(repeatMissed, runs.All(run => run.State is RunState.Succeeded));
        Assert.Contains(runs, run => run.Trigger is RunTrigger.CatchUp { Missed: > 1 });
    }

    // 02:30 of each day; where that is left out, the moment at which the clock leaps over it; where it comes twice, the first.
    private static IEnumerable<DateTimeOffset> Nights(TimeZoneInfo zone)
    {
        for (var day = Begin.UtcDateTime.Date.AddDays(-1); day <= End.UtcDateTime.Date.AddDays(1); day = day.AddDays(1))
        {
            var local = DateTime.SpecifyKind(day + Half, DateTimeKind.Unspecified);
            while (zone.IsInvalidTime(local))
            {
                local = local.AddMinutes(1);
            }

            var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
            var night = new DateTimeOffset(local, offset);
            if (night > Begin && night <= End)
            {
                yield return night;
            }
        }
    }
}
