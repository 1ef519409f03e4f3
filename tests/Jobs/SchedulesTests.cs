using Hangfire;
using Microsoft.Extensions.Time.Testing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Scheduling;

namespace VzDump.Tests.Jobs;

public sealed class SchedulesTests : IDisposable
{
    private static readonly DateTimeOffset Evening = new(2026, 8, 22, 20, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Evening);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_begins_when_it_is_due_and_is_ordered_again()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("21:00");

        Assert.Equal([(job.Id, Evening.AddHours(1))], desk.Ordered());
        Assert.Equal(Evening.AddHours(1), job.NextRun);
        Assert.True(await desk.NextCallAsync(Evening.AddHours(2)));

        var run = Assert.Single(await desk.RunsAsync());
        Assert.Equal((new RunTrigger.Schedule(Evening.AddHours(1)), Run.Scheduler, job.Id, "nightly"), (run.Trigger, run.StartedBy, run.SavedJob, run.SavedJobName));
        Assert.Equal([(job.Id, Evening.AddHours(25))], desk.Ordered());
    }

    [Fact]
    public async Task Called_twice_early_or_in_vain_a_due_time_is_answered_once()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("21:00");
        var runner = desk.Get<ScheduleRunner>();
        var due = Evening.AddHours(1);

        await runner.RunAsync(job.Id, due, CancellationToken.None);
        Assert.Empty(await desk.RunsAsync());
        _clock.SetUtcNow(due);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => runner.RunAsync(job.Id, due, CancellationToken.None))));
        await runner.RunAsync(Guid.NewGuid(), due, CancellationToken.None);

        Assert.Single(await desk.RunsAsync());
        Assert.Equal([(job.Id, Evening.AddHours(25))], desk.Ordered());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_missed_while_the_program_was_stopped_is_repeated_once_or_told(bool repeatMissed)
    {
        await using (var before = await Desk.StartAsync(_folder, _clock))
        {
            await before.AddAsync("21:00", repeatMissed);
        }

        _clock.SetUtcNow(Evening.AddDays(3));
        await using var desk = await Desk.StartAsync(_folder, _clock);
        await desk.LookAsync();

        var run = Assert.Single(await desk.RunsAsync());
        Assert.Equal(new RunTrigger.CatchUp(Evening.AddDays(2).AddHours(1), 3), run.Trigger);
        Assert.Equal(repeatMissed ? RunState.Queued : RunState.Missed, run.State);
        Assert.Equal(repeatMissed ? null : "This program was not running when it was due, 3 times.", run.Error);
        Assert.Equal(Evening.AddDays(3).AddHours(1), Assert.Single(desk.Ordered()).At);
    }

    [Fact]
    public async Task A_start_just_after_a_due_time_still_keeps_it()
    {
        await using (var before = await Desk.StartAsync(_folder, _clock))
        {
            await before.AddAsync("21:00");
        }

        _clock.SetUtcNow(Evening.AddDays(1).AddHours(1).AddMinutes(4));
        await using var desk = await Desk.StartAsync(_folder, _clock);

        Assert.Equal(
            [(RunState.Missed, new RunTrigger.CatchUp(Evening.AddHours(1), 1)), (RunState.Queued, (RunTrigger)new RunTrigger.Schedule(Evening.AddDays(1).AddHours(1)))],
            (await desk.RunsAsync()).OrderBy(run => run.Trigger.Due).Select(run => (run.State, run.Trigger)));
    }

    [Fact]
    public async Task A_job_whose_last_run_still_waits_is_not_queued_a_second_time()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("hourly");
        var runner = desk.Get<ScheduleRunner>();
        foreach (var due in new[] { Evening.AddHours(1), Evening.AddHours(2) })
        {
            _clock.SetUtcNow(due);
            await runner.RunAsync(job.Id, due, CancellationToken.None);
        }

        var runs = await desk.RunsAsync();

        Assert.Equal([RunState.Queued, RunState.Missed], runs.OrderBy(run => run.Trigger.Due).Select(run => run.State));
        Assert.Contains(runs, run => run.Error == "An earlier run of this job still waited for its turn.");
    }

    [Fact]
    public async Task What_is_due_while_a_job_is_off_deleted_or_has_another_schedule_is_not_made_up_for()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var off = await desk.AddAsync("21:00", repeatMissed: true, name: "off", enabled: false);
        var deleted = await desk.AddAsync("21:00", repeatMissed: true, name: "deleted");
        var changed = await desk.AddAsync("23:00", repeatMissed: true, name: "changed");
        await desk.Jobs.DeleteAsync(deleted.Id, "bob", CancellationToken.None);
        Assert.Equal([changed.Id], desk.Ordered().Select(call => call.Job));

        _clock.SetUtcNow(Evening.AddHours(2));
        await desk.Jobs.SetEnabledAsync(off.Id, true, "bob", CancellationToken.None);
        await desk.Jobs.RestoreAsync(deleted.Id, "bob", CancellationToken.None);
        await desk.Jobs.SaveAsync(changed.Id, changed.Version, Desk.Draft("21:00", repeatMissed: true), "bob", CancellationToken.None);
        await desk.LookAsync();

        Assert.Empty(await desk.RunsAsync());
        Assert.All(desk.Ordered(), call => Assert.Equal(Evening.AddHours(25), call.At));
        Assert.Equal(3, desk.Ordered().Count);
    }

    [Fact]
    public async Task A_call_that_was_deleted_in_Hangfire_is_ordered_again()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        await desk.AddAsync("21:00");
        desk.Get<IBackgroundJobClient>().Delete(desk.Get<JobStorage>().GetMonitoringApi().ScheduledJobs(0, 10)[0].Key);
        Assert.Empty(desk.Ordered());

        await desk.LookAsync();

        Assert.Equal(Evening.AddHours(1), Assert.Single(desk.Ordered()).At);
    }

    [Fact]
    public async Task When_the_time_zone_changes_the_same_hour_of_the_new_zone_counts()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        await desk.AddAsync("23:30");
        Assert.Equal(Evening.AddHours(3.5), Assert.Single(desk.Ordered()).At);

        _clock.SetLocalTimeZone(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        await desk.LookAsync();

        Assert.Equal(Evening.AddHours(1.5), Assert.Single(desk.Ordered()).At);
    }

    [Fact]
    public async Task A_clock_that_is_not_set_yet_after_a_start_neither_runs_nor_forgets_anything()
    {
        await using (var before = await Desk.StartAsync(_folder, _clock))
        {
            await before.AddAsync("21:00", repeatMissed: true);
        }

        _clock.AdjustTime(DateTimeOffset.UnixEpoch);
        await using var desk = await Desk.StartAsync(_folder, _clock);
        await desk.LookAsync();
        Assert.Empty(await desk.RunsAsync());
        _clock.AdjustTime(Evening.AddDays(1));
        await desk.LookAsync();

        Assert.Equal(new RunTrigger.CatchUp(Evening.AddHours(1), 1), Assert.Single(await desk.RunsAsync()).Trigger);
    }

    [Fact]
    public async Task A_clock_that_was_years_ahead_and_is_set_right_runs_jobs_again()
    {
        _clock.SetUtcNow(Evening.AddYears(5));
        await using (var ahead = await Desk.StartAsync(_folder, _clock))
        {
            await ahead.AddAsync("21:00");
        }

        _clock.AdjustTime(Evening);
        await using var desk = await Desk.StartAsync(_folder, _clock);
        for (var day = 0; day < 3; day++)
        {
            Assert.True(await desk.NextCallAsync(Evening.AddDays(4)));
        }

        Assert.Equal(
            Enumerable.Range(0, 3).Select(day => (DateTimeOffset?)Evening.AddDays(day).AddHours(1)), (await desk.RunsAsync()).Select(run => run.Trigger.Due).Order());
    }
}
