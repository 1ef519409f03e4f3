using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Jobs;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The whole program is killed again and again, while it starts, schedules, queues and backs up a running container.</summary>
public sealed class KilledFiftyTimes
{
    private const int Kills = 50;

    // Kills that are meant to come with a run at work, with runs in the queue, and around a due time: each so many, of which so many must have hit. The others come at a start.
    private const int Aimed = 14;
    private const int Least = 10;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Around = TimeSpan.FromMilliseconds(250);

    private enum Moment
    {
        Start,
        MidRun,
        InQueue,
        Scheduling,
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_fifty_kills_no_run_is_lost_doubled_or_left_working_and_the_container_runs()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 2);
        await container.StartAsync();
        var guest = Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name).Guest;
        var store = new RunStore(new JobsDatabase(new JobsOptions { DataFolder = harness.Folder }));
        var random = new Random(20260822);
        var acknowledged = new List<Guid>();
        var began = TimeProvider.System.GetTimestamp();
        TimeSpan startup;
        using (var first = ServiceProcess.Start(harness))
        {
            Assert.Equal("READY", await first.SaysAsync());
            startup = TimeProvider.System.GetElapsedTime(began);
            Assert.StartsWith("JOB ", await first.AskAsync("job 100"), StringComparison.Ordinal);
            first.Kill();
        }

        var (atWork, withQueue, scheduling) = (0, 0, 0);
        foreach (var moment in Moments(random))
        {
            var launched = TimeProvider.System.GetUtcNow();
            using var program = ServiceProcess.Start(harness);
            if (moment is Moment.Start)
            {
                await Task.Delay((startup / 4) + (random.NextDouble() * startup), TimeProvider.System, Cancellation);
                program.Kill();
                continue;
            }

            Assert.Equal("READY", await program.SaysAsync());
            await AssertNothingLostAsync(store, acknowledged, launched);

            // Two, so that there is always a queue to be killed with.
            foreach (var order in (await store.ListQueueAsync(Cancellation)).Count < 3 ? [$"run {guest.Id} {random.Next(1, 4) * 512}", "run 101 0"] : (string[])["run 101 0"])
            {
                acknowledged.Add(Guid.Parse((await program.AskAsync(order))!.Split(' ')[1]));
            }

            switch (moment)
            {
                case Moment.MidRun:
                    await Until.TrueAsync(async () => (await store.ListInAsync(RunState.Running, Cancellation)).Count > 0, "a run works");
                    await Task.Delay(random.NextDouble() * Step / 4, TimeProvider.System, Cancellation);
                    break;
                case Moment.Scheduling:
                    // Around a due time: from a little before it until some time after it.
                    await Task.Delay(Step - SinceDue() + (((random.NextDouble() * 5) - 1) * Around / 5), TimeProvider.System, Cancellation);
                    break;
            }

            var late = SinceDue();
            program.Kill();
            scheduling += moment is Moment.Scheduling && (late < Around || late > Step - (Around / 5)) ? 1 : 0;
            atWork += moment is Moment.MidRun && (await store.ListInAsync(RunState.Running, Cancellation)).Count > 0 ? 1 : 0;
            withQueue += moment is Moment.InQueue && (await store.ListQueueAsync(Cancellation)).Count > 0 ? 1 : 0;
        }

        using (var last = ServiceProcess.Start(harness))
        {
            Assert.Equal("READY", await last.SaysAsync());
            Assert.Equal("OFF", await last.AskAsync("off"));
            await Until.TrueAsync(async () => (await store.ListQueueAsync(Cancellation)).Count == 0 && (await store.ListInAsync(RunState.Running, Cancellation)).Count == 0, "every run is over");
            last.Kill();
        }

        var runs = await AssertNothingLostAsync(store, acknowledged, DateTimeOffset.MaxValue);
        var told = $"{runs.Count} runs, {acknowledged.Count} by hand; killed with a run at work {atWork} times, with a queue {withQueue}, around a due time {scheduling}; {TimeProvider.System.GetElapsedTime(began)}";
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.True(atWork >= Least && withQueue >= Least && scheduling >= Least, told);
        Assert.All(runs, run => Assert.True(run.State.IsFinal, $"{run}"));

        // An archive is one task's, whether it is told as done or its program died right after.
        var archives = runs.SelectMany(run => run.Tasks).Select(task => task.ArchivePath).OfType<string>().ToList();
        Assert.Equal(archives.Count, archives.Distinct().Count());
        Assert.All(archives, archive => Assert.True(File.Exists(archive), archive));

        Assert.True(await container.IsRunningAsync());
        var state = Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Id == guest.Id);
        Assert.Null(state.Lock);
        Assert.Empty(harness.Leftovers());
    }

    // In a random order, but always the same.
    private static Moment[] Moments(Random random)
    {
        Moment[] moments =
        [
            .. Enumerable.Repeat(Moment.MidRun, Aimed), .. Enumerable.Repeat(Moment.InQueue, Aimed), .. Enumerable.Repeat(Moment.Scheduling, Aimed),
            .. Enumerable.Repeat(Moment.Start, Kills - (3 * Aimed)),
        ];
        random.Shuffle(moments);
        return moments;
    }

    private static TimeSpan SinceDue() => TimeSpan.FromTicks(TimeProvider.System.GetUtcNow().Ticks % Step.Ticks);

    private static async Task<IReadOnlyList<Run>> AssertNothingLostAsync(RunStore store, IReadOnlyList<Guid> acknowledged, DateTimeOffset launched)
    {
        var runs = await store.ListAsync(0, 100_000, new RunFilter(), Cancellation);
        Assert.All(runs, run => Assert.False(run.State is RunState.Running && run.StartedAt < launched, $"left working: {run}"));
        Assert.Empty(acknowledged.Except(runs.Select(run => run.Id)));

        // Each due time is answered once: the answers follow one another without a gap, and none reaches back over the one before.
        var due = runs.Where(run => run.SavedJob is not null).OrderBy(run => run.Trigger.Due).ToList();
        foreach (var (before, after) in due.Zip(due.Skip(1)))
        {
            var first = after.Trigger.Due - (Step * (Covered(after) - 1));
            Assert.True(first - before.Trigger.Due == Step, string.Create(CultureInfo.InvariantCulture, $"{before.Trigger} is followed by {after.Trigger}"));
        }

        return runs;
    }

    private static int Covered(Run run) => run.Trigger is RunTrigger.CatchUp late ? late.Missed : 1;
}
