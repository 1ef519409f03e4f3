using Hangfire;
using Hangfire.States;
using VzDump.Engine.Backups;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

public abstract class RunsSurvive : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_a_killed_program_the_working_run_is_interrupted_and_the_queued_ones_work_in_their_order()
    {
        var at = new DateTimeOffset(2026, 8, 22, 3, 0, 0, TimeSpan.Zero);
        var working = new Run
        {
            Id = Guid.NewGuid(),
            Job = Product.Job(101),
            StartedBy = "alice",
            CreatedAt = at,
            State = RunState.Running,
            StartedAt = at,
            Tasks =
            [
                new RunTask { Guest = Product.Guest(101), Name = "done", State = RunTaskState.Done, ArchiveSize = 1 },
                new RunTask { Guest = Product.Guest(102), Name = "half", State = RunTaskState.Running, StartedAt = at },
                new RunTask { Guest = Product.Guest(103), Name = "next" },
            ],
        };
        var second = new Run { Id = Guid.NewGuid(), Job = Product.Job(202), StartedBy = "alice", CreatedAt = at.AddSeconds(2) };
        var first = new Run { Id = Guid.NewGuid(), Job = Product.Job(201), StartedBy = "alice", CreatedAt = at.AddSeconds(1) };
        await using (var before = await Product.StartAsync(_folder))
        {
            foreach (var run in new[] { working, second, first })
            {
                await before.Get<RunStore>().AddAsync(run, CancellationToken.None);
            }
        }

        await using var product = await Product.StartAsync(_folder);

        var interrupted = await product.FindAsync(working.Id);
        Assert.Equal((RunState.Interrupted, "The program ended while this run was working."), (interrupted.State, interrupted.Error));
        Assert.Equal([RunTaskState.Done, RunTaskState.Failed, RunTaskState.Cancelled], interrupted.Tasks.Select(task => task.State));
        Assert.Equal(interrupted.Error, interrupted.Tasks[1].Error);
        var play = await product.Stage.NextAsync();
        Assert.Equivalent(first.Job, play.Job, strict: true);
        play.Succeed();
        Assert.Equivalent(second.Job, (await product.Stage.NextAsync()).Job, strict: true);
    }

    [Fact]
    public async Task Shutting_down_cancels_the_engine_waits_for_its_clean_up_and_marks_the_run_interrupted()
    {
        Guid id;
        Guid waiting;
        await using (var product = await Product.StartAsync(_folder))
        {
            id = await product.StartRunAsync(101);
            var play = await product.Stage.NextAsync();
            waiting = await product.StartRunAsync(102);
            play.Plan(101);
            play.Begin(101);

            var stopping = product.StopAsync();
            await play.CancelledAsync();
            Assert.False(stopping.IsCompleted);
            play.Finish(101, new TaskOutcome.Cancelled(TimeSpan.FromSeconds(1)));
            play.EndCancelled();
            await stopping;
        }

        await using var next = await Product.StartAsync(_folder);
        var run = await next.FindAsync(id);
        Assert.Equal((RunState.Interrupted, null), (run.State, run.CancelledBy));
        Assert.Equal("The program was shut down while this run was working.", run.Error);
        Assert.Equal(RunTaskState.Cancelled, Assert.Single(run.Tasks).State);
        Assert.Equivalent(Product.Job(102), (await next.Stage.NextAsync()).Job, strict: true);
        await next.WaitForAsync(waiting, RunState.Running);
    }

    [Fact]
    public async Task The_queue_is_on_disk_and_the_job_of_an_interrupted_run_is_shown_as_failed()
    {
        await using var product = await Product.StartAsync(_folder);
        Assert.True(File.Exists(Path.Combine(_folder.Path, "hangfire.db")));
        var run = new Run { Id = Guid.NewGuid(), Job = Product.Job(101), StartedBy = "alice", CreatedAt = DateTimeOffset.UnixEpoch, State = RunState.Interrupted, Error = "The program ended." };
        await product.Get<RunStore>().AddAsync(run, CancellationToken.None);

        await product.Get<RunQueue>().AddAsync(run.Id);

        var job = await product.Get<RunStore>().FindHangfireJobAsync(run.Id, CancellationToken.None);
        await Product.EventuallyAsync(
            () =>
            {
                using var connection = product.Get<JobStorage>().GetConnection();
                return Task.FromResult(connection.GetStateData(job)?.Name == FailedState.StateName);
            },
            () => "The job did not fail.");
        Assert.Equal(0, product.Stage.Calls);
    }

    [Fact]
    public async Task The_states_of_guests_are_on_disk_while_the_run_works()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);
        play.Finish(101, new TaskOutcome.Done("/dump/a.tar", 5, TimeSpan.Zero));
        play.Begin(102);

        await Product.EventuallyAsync(
            async () => (await product.Get<RunStore>().FindAsync(id, CancellationToken.None))!.Tasks.Select(task => task.State)
                .SequenceEqual([RunTaskState.Done, RunTaskState.Running]),
            () => "The tasks were not recorded.");
    }

    [Fact]
    public async Task What_was_recorded_is_there_after_a_restart()
    {
        Guid id;
        await using (var product = await Product.StartAsync(_folder))
        {
            id = await product.StartRunAsync(101);
            var play = await product.Stage.NextAsync();
            play.Say("one\ttab, a \\t that is none, \u001b[1m and\u00a0\u0085 \u00e4\U0001F600", 101, LogLevel.Warn);
            play.Say("two");
            play.Succeed();
            await product.WaitForAsync(id, RunState.Succeeded);
        }

        await using var next = await Product.StartAsync(_folder);

        var updates = await next.Feed.WatchAsync(id, 0, CancellationToken.None).ToListAsync();
        Assert.Equal(RunState.Succeeded, Assert.Single(updates).Run.State);
        var at = new DateTimeOffset(2026, 8, 22, 3, 0, 7, TimeSpan.Zero);
        Assert.Equal(
            [
                new RunLogLine(1, at, LogLevel.Warn, Product.Guest(101), "one\ttab, a \\t that is none, \u001b[1m and\u00a0\u0085 \u00e4\U0001F600"),
                new RunLogLine(2, at, LogLevel.Info, null, "two"),
            ],
            updates[0].NewLines);
    }

    [Fact]
    public async Task A_record_that_was_half_written_when_the_program_died_is_not_told_and_a_strange_one_keeps_its_number()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        play.Say("whole");
        play.Succeed();
        await product.WaitForAsync(id, RunState.Succeeded);
        var file = Assert.Single(Directory.GetFiles(_folder.Path, $"{id}.log", SearchOption.AllDirectories));
        await File.AppendAllTextAsync(file, "strange\n2026-08-22T03:00:08");

        var lines = await product.Feed.WatchAsync(id, 0, CancellationToken.None).SelectMany(update => update.NewLines).ToListAsync();

        Assert.Equal([(1, "whole"), (2, "strange")], lines.Select(line => (line.Number, line.Text)));
    }
}
