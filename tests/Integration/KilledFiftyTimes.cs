using System.Diagnostics;
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
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

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
        using (var first = await Program.StartAsync(harness))
        {
            Assert.Equal("READY", await first.SaysAsync());
            startup = TimeProvider.System.GetElapsedTime(began);
            Assert.StartsWith("JOB ", await first.AskAsync("job 100"), StringComparison.Ordinal);
            first.Kill();
        }

        var (readyTimes, worked) = (0, 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            var launched = TimeProvider.System.GetUtcNow();
            using var program = await Program.StartAsync(harness);
            var life = Task.Delay((startup / 3) + (random.NextDouble() * (startup + Step)), TimeProvider.System, Cancellation);
            if (await Task.WhenAny(program.NextLine, life) != life && await program.SaysAsync() == "READY")
            {
                readyTimes++;
                await AssertNothingLostAsync(store, acknowledged, launched);

                // Two, so that there is always a queue to be killed with.
                foreach (var order in new[] { $"run {guest.Id} {random.Next(0, 4) * 512}", "run 101 0" })
                {
                    if (await program.AskAsync(order) is { } answer)
                    {
                        acknowledged.Add(Guid.Parse(answer.Split(' ')[1]));
                    }
                }

                await life;
            }

            program.Kill();
            worked += (await store.ListInAsync(RunState.Running, Cancellation)).Count;
        }

        using (var last = await Program.StartAsync(harness))
        {
            Assert.Equal("READY", await last.SaysAsync());
            Assert.Equal("OFF", await last.AskAsync("off"));
            await Until.TrueAsync(async () => (await store.ListQueueAsync(Cancellation)).Count == 0 && (await store.ListInAsync(RunState.Running, Cancellation)).Count == 0, "every run is over");
            last.Kill();
        }

        var runs = await AssertNothingLostAsync(store, acknowledged, DateTimeOffset.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine($"{runs.Count} runs, {acknowledged.Count} by hand, {readyTimes} starts that were ready, {worked} killed at work, {TimeProvider.System.GetElapsedTime(began)}");
        Assert.True(readyTimes > Kills / 10 && worked > Kills / 20, $"{readyTimes} starts were ready before they were killed, {worked} runs were at work");
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

    private static async Task<IReadOnlyList<Run>> AssertNothingLostAsync(RunStore store, IReadOnlyList<Guid> acknowledged, DateTimeOffset launched)
    {
        var runs = await store.ListAsync(0, 100_000, Cancellation);
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

    /// <summary>The program, its orders and its answers.</summary>
    private sealed class Program : IDisposable
    {
        private readonly Process _process;

        private Program(Process process)
        {
            _process = process;
            NextLine = process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask();
        }

        public Task<string?> NextLine { get; private set; }

        public static Task<Program> StartAsync(EngineHarness harness)
        {
            var victim = Path.Combine(AppContext.BaseDirectory.Replace("/Integration/", "/Victim/", StringComparison.Ordinal), "VzDump.Tests.Victim.dll");
            var start = new ProcessStartInfo("dotnet", [victim, "service", harness.Folder, harness.LxcFolder]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
            return Task.FromResult(new Program(Process.Start(start)!));
        }

        /// <summary>Null when it was killed.</summary>
        public async Task<string?> SaysAsync()
        {
            var line = await NextLine.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, Cancellation);
            NextLine = _process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask();
            return line;
        }

        public async Task<string?> AskAsync(string order)
        {
            await _process.StandardInput.WriteLineAsync(order.AsMemory(), Cancellation);
            await _process.StandardInput.FlushAsync(Cancellation);
            return await SaysAsync();
        }

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose() => _process.Dispose();
    }
}
