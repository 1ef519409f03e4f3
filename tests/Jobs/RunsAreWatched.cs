using VzDump.Engine.Backups;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;

namespace VzDump.Tests.Jobs;

// Alone: it measures the memory of the whole process.
[CollectionDefinition(nameof(RunsAreWatched), DisableParallelization = true)]
[Collection(nameof(RunsAreWatched))]
public sealed class RunsAreWatched : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lines_and_progress_arrive_while_the_run_works()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        await using var watch = new Watcher(product.Feed, id);

        play.Say("first");
        await watch.UntilAsync(update => update.NewLines.Any(line => line.Text == "first"));
        play.Plan(101);
        play.Begin(101);
        play.Progress(101, 500);
        var update = await watch.UntilAsync(update => update.Run.Tasks is [{ Progress: not null }]);

        Assert.Equal(0.5, update.Run.Tasks[0].Progress?.Fraction);
        Assert.Equal(RunState.Running, update.Run.State);
    }

    [Fact]
    public async Task A_watcher_of_a_queued_run_sees_it_begin_and_end()
    {
        await using var product = await Product.StartAsync(_folder);
        await product.StartRunAsync(101);
        var other = await product.Stage.NextAsync();
        var id = await product.StartRunAsync(102);
        await using var watch = new Watcher(product.Feed, id);

        await watch.UntilAsync(update => update.Run.State is RunState.Queued);
        other.Succeed();
        await watch.UntilAsync(update => update.Run.State is RunState.Running);
        (await product.Stage.NextAsync()).Fail("job errors");
        await watch.UntilAsync(update => update.Run.State is RunState.Failed);

        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task A_watcher_of_a_queued_run_is_not_woken_by_the_lines_of_another()
    {
        await using var product = await Product.StartAsync(_folder);
        await product.StartRunAsync(101);
        var other = await product.Stage.NextAsync();
        var id = await product.StartRunAsync(102);
        await using var watch = new Watcher(product.Feed, id);
        await watch.NextAsync();
        await using var otherWatch = new Watcher(product.Feed, (await product.Runs.ListAsync(1, 1, CancellationToken.None))[0].Id);

        var next = watch.NextAsync();
        for (var said = 0; said < 4; said++)
        {
            // Each round takes the pause between two updates, in which the watcher of the queued run would be told, too.
            other.Say("not for the queued one");
            await otherWatch.UntilAsync(update => update.NewLines.Count > 0);
        }

        Assert.False(next.IsCompleted);
        await product.Runs.CancelAsync(id, "bob", CancellationToken.None);
        Assert.Equal(RunState.Cancelled, (await next)?.Run.State);
    }

    [Fact]
    public async Task Early_late_and_slow_watchers_all_see_100000_lines_once_and_in_order()
    {
        const int Lines = 100_000;
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var early = ReadAllAsync(product.Feed, id, 0, Task.CompletedTask);
        var slow = ReadAllAsync(product.Feed, id, 0, gate.Task);

        for (var number = 1; number <= Lines / 2; number++)
        {
            play.Say($"line {number}", 101);
        }

        var late = ReadAllAsync(product.Feed, id, 0, Task.CompletedTask);
        for (var number = (Lines / 2) + 1; number <= Lines; number++)
        {
            play.Say($"line {number}", 101);
        }

        play.Succeed();
        await product.WaitForAsync(id, RunState.Succeeded);
        gate.SetResult(); // the slow one took one update so far, and held nobody up
        var after = ReadAllAsync(product.Feed, id, 0, Task.CompletedTask);
        var resumed = await ReadAllAsync(product.Feed, id, Lines - 2500, Task.CompletedTask);

        foreach (var lines in await Task.WhenAll(early, slow, late, after))
        {
            Assert.Equal(Lines, lines.Count);
            Assert.All(lines.Index(), line => Assert.Equal((line.Index + 1, $"line {line.Index + 1}"), (line.Item.Number, line.Item.Text)));
        }

        Assert.Equal(Enumerable.Range(Lines - 2499, 2500).Select(number => (long)number), resumed.Select(line => line.Number));
    }

    [Fact]
    public async Task A_run_of_100000_lines_with_a_watcher_needs_no_more_memory_than_one_of_1000()
    {
        await using var product = await Product.StartAsync(_folder);
        await GrowthAsync(1000); // what is loaded once
        var little = await GrowthAsync(1000);
        var much = await GrowthAsync(100_000);

        // The lines alone are 20 MB as text.
        Assert.True(much - little < 2_000_000, $"{little} bytes with 1000 lines, {much} with 100,000");

        async Task<long> GrowthAsync(int lines)
        {
            var id = await product.StartRunAsync(101);
            var play = await product.Stage.NextAsync();
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await using var watch = new Watcher(product.Feed, id);
            for (var said = 1; said <= lines; said++)
            {
                play.Say(new string('x', 100), 101);
            }

            // While the run still works, and all its lines are told.
            var told = 0L;
            await watch.UntilAsync(update => (told += update.NewLines.Count) == lines);
            var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
            play.Succeed();
            await product.WaitForAsync(id, RunState.Succeeded);
            return growth;
        }
    }

    [Fact]
    public async Task A_working_run_is_told_at_most_ten_times_a_second()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        play.Plan(101);
        play.Begin(101);
        var start = TimeProvider.System.GetTimestamp();
        var updates = CountAsync(product.Feed, id);

        for (var done = 0; TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMilliseconds(600); done++)
        {
            play.Progress(101, done % 1000);
            play.Say("busy");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        play.Succeed();
        var count = await updates;
        var most = (TimeProvider.System.GetElapsedTime(start).TotalMilliseconds / 100) + 2;
        Assert.InRange(count, 3, most);
    }

    [Fact]
    public async Task A_list_of_runs_hears_of_new_runs_and_changed_states_but_not_of_lines()
    {
        await using var product = await Product.StartAsync(_folder);
        await using var all = product.Feed.WatchAllAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await all.MoveNextAsync());
        var last = all.Current;

        var id = await product.StartRunAsync(101);
        await HearAsync();
        var play = await product.Stage.NextAsync();
        await product.WaitForAsync(id, RunState.Running);
        play.Plan(101);
        play.Begin(101);
        await HearAsync();
        play.Succeed();
        await HearAsync(RunState.Succeeded);

        async Task HearAsync(RunState? until = null)
        {
            do
            {
                Assert.True(await all.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
                Assert.True(all.Current > last);
                last = all.Current;
            }
            while (until is { } state && (await product.FindAsync(id)).State != state);
        }
    }

    private static async Task<int> CountAsync(RunFeed feed, Guid run) => await feed.WatchAsync(run, long.MaxValue, CancellationToken.None).CountAsync();

    private static async Task<List<RunLogLine>> ReadAllAsync(RunFeed feed, Guid run, long after, Task gate)
    {
        var lines = new List<RunLogLine>();
        await foreach (var update in feed.WatchAsync(run, after, CancellationToken.None))
        {
            Assert.True(update.NewLines.Count <= 2000);
            lines.AddRange(update.NewLines);
            await gate;
        }

        return lines;
    }

    private sealed class Watcher(RunFeed feed, Guid run) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<RunUpdate> _updates = feed.WatchAsync(run, 0, TestContext.Current.CancellationToken).GetAsyncEnumerator();

        public async Task<RunUpdate?> NextAsync() =>
            await _updates.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)) ? _updates.Current : null;

        public async Task<RunUpdate> UntilAsync(Func<RunUpdate, bool> condition)
        {
            while (await NextAsync() is { } update)
            {
                if (condition(update))
                {
                    return update;
                }
            }

            throw new InvalidOperationException("The watch ended.");
        }

        public ValueTask DisposeAsync() => _updates.DisposeAsync();
    }
}
