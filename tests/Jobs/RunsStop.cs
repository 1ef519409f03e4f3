using System.Globalization;
using Hangfire;
using Hangfire.Server;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

public abstract class RunsStop : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_queued_run_is_cancelled_at_once_and_never_works()
    {
        await using var product = await Product.StartAsync(_folder);
        await product.StartRunAsync(101);
        var first = await product.Stage.NextAsync();
        var queued = await product.StartRunAsync(102);
        var last = await product.StartRunAsync(103);

        Assert.True(await product.Runs.CancelAsync(queued, "bob", CancellationToken.None));

        var run = await product.FindAsync(queued);
        Assert.Equal((RunState.Cancelled, "bob"), (run.State, run.CancelledBy));
        Assert.NotNull(run.FinishedAt);
        first.Succeed();
        (await product.Stage.NextAsync()).Succeed();
        await product.WaitForAsync(last, RunState.Succeeded);
        Assert.Equal(2, product.Stage.Calls);
        Assert.Equal(RunState.Cancelled, (await product.FindAsync(queued)).State);
    }

    [Fact]
    public async Task A_working_run_is_cancelled_when_its_clean_up_is_done()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);

        Assert.True(await product.Runs.CancelAsync(id, "bob", CancellationToken.None));
        await play.CancelledAsync();
        var cleaning = await product.FindAsync(id);
        play.Finish(101, new TaskOutcome.Cancelled(TimeSpan.FromSeconds(1)));
        play.EndCancelled();

        Assert.Equal((RunState.Running, "bob"), (cleaning.State, cleaning.CancelledBy));
        var run = await product.WaitForAsync(id, RunState.Cancelled);
        Assert.Equal("bob", run.CancelledBy);
        Assert.Null(run.Error);
        Assert.All(run.Tasks, task => Assert.Equal(RunTaskState.Cancelled, task.State));
    }

    [Fact]
    public async Task The_program_and_its_service_wait_for_a_clean_up_of_full_length()
    {
        await using var product = await Product.StartAsync(_folder);
        var cleanUp = product.Get<IOptions<EngineOptions>>().Value.CleanUpLimit;
        var program = product.Get<IOptions<HostOptions>>().Value.ShutdownTimeout;
        // e.g. TimeoutStopSec=18min
        var unit = (await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "vzdump-web.service"), TestContext.Current.CancellationToken))
            .Single(line => line.StartsWith("TimeoutStopSec=", StringComparison.Ordinal))["TimeoutStopSec=".Length..];

        Assert.True(program > cleanUp, $"{program} for {cleanUp}");
        Assert.True(TimeSpan.FromMinutes(int.Parse(unit[..^"min".Length], CultureInfo.InvariantCulture)) > program, $"{unit} for {program}");
    }

    [Fact]
    public async Task Stopped_after_this_guest_a_run_finishes_it_and_begins_no_other()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);

        Assert.True(await product.Runs.StopAsync(id, StopKind.AfterThisGuest, "bob", CancellationToken.None));
        var stopping = await product.FindAsync(id);
        Assert.False(play.Cancellation.IsCancellationRequested);
        play.Finish(101, new TaskOutcome.Done("/dump/a.tar", 5, TimeSpan.Zero));
        Assert.True(play.Cancellation.IsCancellationRequested);
        play.EndCancelled();

        Assert.Equal((RunState.Running, StopKind.AfterThisGuest), (stopping.State, stopping.Stopping));
        var run = await product.WaitForAsync(id, RunState.Cancelled);
        Assert.Equal([RunTaskState.Done, RunTaskState.Cancelled], run.Tasks.Select(task => task.State));
    }

    [Fact]
    public async Task Stopped_after_its_last_guest_a_run_succeeds()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        play.Plan(101);
        play.Begin(101);

        await product.Runs.StopAsync(id, StopKind.AfterThisGuest, "bob", CancellationToken.None);
        play.Finish(101, new TaskOutcome.Done("/dump/a.tar", 5, TimeSpan.Zero));
        Assert.False(play.Cancellation.IsCancellationRequested);
        play.Succeed();

        await product.WaitForAsync(id, RunState.Succeeded);
    }

    [Fact]
    public async Task Who_cannot_wait_for_the_guest_stops_it_now()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);

        await product.Runs.StopAsync(id, StopKind.AfterThisGuest, "bob", CancellationToken.None);
        await product.Runs.StopAsync(id, StopKind.Now, "carol", CancellationToken.None);
        await play.CancelledAsync();
        play.EndCancelled();

        Assert.Equal("bob", (await product.WaitForAsync(id, RunState.Cancelled)).CancelledBy);
    }

    [Fact]
    public async Task A_run_that_works_on_no_guest_yet_stops_at_once_however_it_is_asked()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        play.Plan(101);

        await product.Runs.StopAsync(id, StopKind.AfterThisGuest, "bob", CancellationToken.None);
        await play.CancelledAsync();
        play.EndCancelled();

        await product.WaitForAsync(id, RunState.Cancelled);
    }

    [Fact]
    public async Task The_first_who_cancels_is_named_and_a_run_that_is_over_cannot_be_cancelled()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();

        Assert.True(await product.Runs.CancelAsync(id, "bob", CancellationToken.None));
        Assert.True(await product.Runs.CancelAsync(id, "carol", CancellationToken.None));
        play.EndCancelled();
        await product.WaitForAsync(id, RunState.Cancelled);

        Assert.False(await product.Runs.CancelAsync(id, "dave", CancellationToken.None));
        Assert.Equal("bob", (await product.FindAsync(id)).CancelledBy);
    }

    [Fact]
    public async Task A_claim_and_a_cancellation_at_the_same_time_end_in_one_of_the_two()
    {
        await using var product = await Product.StartAsync(_folder);
        var store = product.Get<RunStore>();
        for (var round = 0; round < 50; round++)
        {
            var run = new Run { Id = Guid.NewGuid(), Job = Product.Job(101), StartedBy = "alice", CreatedAt = DateTimeOffset.UnixEpoch };
            await store.AddAsync(run, CancellationToken.None);
            using var together = new Barrier(2);
            var claim = Task.Run(() =>
            {
                together.SignalAndWait();
                return store.TryClaimAsync(run.Id, DateTimeOffset.UnixEpoch, CancellationToken.None);
            });
            var stop = Task.Run(() =>
            {
                together.SignalAndWait();
                return store.Stop(run.Id, "bob", DateTimeOffset.UnixEpoch);
            });

            Assert.Equal(await claim ? StopOutcome.Asked : StopOutcome.Cancelled, await stop);
        }
    }

    [Fact]
    public async Task A_run_that_Hangfire_calls_twice_works_once()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        var runner = Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<BackupRunner>(product.Get<IServiceProvider>());

        await runner.RunAsync(id, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(RunState.Running, (await product.FindAsync(id)).State);
        play.Succeed();
        await product.WaitForAsync(id, RunState.Succeeded);
        await runner.RunAsync(id, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(1, product.Stage.Calls);
        Assert.Equal(RunState.Succeeded, (await product.FindAsync(id)).State);
    }

    [Fact]
    public async Task A_call_for_a_run_that_a_dead_program_had_begun_marks_it_interrupted()
    {
        await using var product = await Product.StartAsync(_folder);
        var run = new Run { Id = Guid.NewGuid(), Job = Product.Job(101), StartedBy = "alice", CreatedAt = DateTimeOffset.UnixEpoch };
        await product.Get<RunStore>().AddAsync(run with { State = RunState.Running }, CancellationToken.None);

        await product.Get<RunQueue>().AddAsync(run.Id);

        Assert.Equal("The program ended while this run was working.", (await product.WaitForAsync(run.Id, RunState.Interrupted)).Error);
        Assert.Equal(0, product.Stage.Calls);
    }
}
