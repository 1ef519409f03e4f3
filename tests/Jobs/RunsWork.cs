using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Jobs.Runs;

namespace VzDump.Tests.Jobs;

public abstract class RunsWork : IDisposable
{
    private static readonly TaskOutcome.Done Archived = new("/dump/vzdump-lxc-101-2026_08_22-03_00_07.tar.zst", 4711, TimeSpan.FromSeconds(3));

    private readonly TemporaryFolder _folder = new();

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("web")]
    public async Task A_run_whose_guests_are_safe_succeeds_and_keeps_what_it_was_told(string? pool)
    {
        await using var product = await Product.StartAsync(_folder);
        var job = new BackupJob
        {
            Selection = pool is null ? new GuestSelection.All([Product.Guest(104)]) : new GuestSelection.Pool(pool, [Product.Guest(104)]),
            Settings = new BackupSettings
            {
                Mode = BackupMode.Stop,
                ExcludePaths = ["/var/log/?*"],
                Protected = true,
                BandwidthLimitKiB = 0,
                Fleecing = new FleecingSettings(true, "fast"),
                Performance = new PerformanceSettings(MaxWorkers: 4),
                MailTo = ["root", "a@b.example"],
                MailNotification = MailNotification.Failure,
                Prune = new KeepPolicy { Last = 3 },
            },
        };
        var id = await product.Runs.StartAsync(job, "alice", CancellationToken.None);
        var play = await product.Stage.NextAsync();
        play.Plan(101);
        play.Begin(101);
        play.Finish(101, Archived);
        play.Succeed();

        var run = await product.WaitForAsync(id, RunState.Succeeded);

        Assert.Equivalent(job, run.Job, strict: true);
        Assert.Equal("alice", run.StartedBy);
        Assert.NotNull(run.StartedAt);
        Assert.NotNull(run.FinishedAt);
        Assert.Null(run.Error);
        var task = Assert.Single(run.Tasks);
        Assert.Equal(
            (RunTaskState.Done, GuestKind.Lxc, "ct101", Archived.ArchivePath, 4711),
            (task.State, task.Kind, task.Name, task.ArchivePath, task.ArchiveSize));
        Assert.Equivalent(job, play.Job, strict: true);
    }

    [Fact]
    public async Task A_working_run_shows_the_progress_of_its_guest_found_and_listed()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);
        play.Progress(101, 250);

        var found = await product.FindAsync(id);
        var listed = Assert.Single(await product.Runs.ListAsync(0, 10, CancellationToken.None));

        foreach (var run in new[] { found, listed })
        {
            Assert.Equal(RunState.Running, run.State);
            Assert.Equal(0.25, run.Tasks[0].Progress?.Fraction);
            Assert.Equal([RunTaskState.Running, RunTaskState.Todo], run.Tasks.Select(task => task.State));
        }
    }

    [Fact]
    public async Task A_second_run_waits_as_queued_until_the_first_is_over()
    {
        await using var product = await Product.StartAsync(_folder);
        var first = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        var second = await product.StartRunAsync(102);

        Assert.Equal(RunState.Queued, (await product.FindAsync(second)).State);
        Assert.Equal(1, product.Stage.Calls);

        play.Succeed();
        await product.Stage.NextAsync();
        Assert.Equal(RunState.Running, (await product.FindAsync(second)).State);
        Assert.Equal(RunState.Succeeded, (await product.FindAsync(first)).State);
        Assert.Equal([second, first], (await product.Runs.ListAsync(0, 10, CancellationToken.None)).Select(run => run.Id));
        Assert.Equal([first], (await product.Runs.ListAsync(1, 10, CancellationToken.None)).Select(run => run.Id));
        Assert.Equal(2, await product.Runs.CountAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Runs_are_found_by_state_and_by_guest_and_a_hidden_guest_does_not_answer()
    {
        await using var product = await Product.StartAsync(_folder);
        var first = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Finish(101, Archived);
        play.Finish(102, Archived);
        play.Succeed();
        await product.WaitForAsync(first, RunState.Succeeded);
        var second = await product.StartRunAsync(102);
        play = await product.Stage.NextAsync();
        play.Plan(102);
        await product.WaitForAsync(second, run => run.Tasks.Count == 1);
        var third = await product.StartRunAsync(103);
        var name = (await product.FindAsync(first)).Tasks[0].Name;

        Assert.Equal([first], await FoundAsync(new RunFilter { State = RunState.Succeeded }));
        Assert.Equal([third], await FoundAsync(new RunFilter { State = RunState.Queued }));
        Assert.Equal([first], await FoundAsync(new RunFilter { Find = " 101 " }));
        Assert.Contains(first, await FoundAsync(new RunFilter { Find = name.ToUpperInvariant() }));
        Assert.Equal([second, first], await FoundAsync(new RunFilter { Find = "102", Scope = new RunScope("nobody", new HashSet<GuestId> { GuestId.Parse("102") }) }));
        Assert.Empty(await FoundAsync(new RunFilter { Find = "101", Scope = new RunScope("tester", new HashSet<GuestId> { GuestId.Parse("102") }) }));
        Assert.Equal(1, await product.Runs.CountAsync(new RunFilter { State = RunState.Running }, CancellationToken.None));

        async Task<IEnumerable<Guid>> FoundAsync(RunFilter filter) => (await product.Runs.ListAsync(0, 10, filter, CancellationToken.None)).Select(run => run.Id);
    }

    [Fact]
    public async Task Waiting_runs_show_their_places_which_move_up()
    {
        await using var product = await Product.StartAsync(_folder);
        await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        var second = await product.StartRunAsync(102);
        var third = await product.StartRunAsync(103);
        var fourth = await product.StartRunAsync(104);

        Assert.Equal([3, 2, 1, null], (await product.Runs.ListAsync(0, 10, CancellationToken.None)).Select(run => run.Place));
        await product.Runs.CancelAsync(second, "bob", CancellationToken.None);
        Assert.Equal(2, (await product.FindAsync(fourth)).Place);
        play.Succeed();
        await product.WaitForAsync(third, RunState.Running);
        Assert.Equal(1, (await product.FindAsync(fourth)).Place);
    }

    [Fact]
    public async Task The_failed_guests_of_a_run_are_repeated_with_the_options_as_they_were()
    {
        await using var product = await Product.StartAsync(_folder);
        var job = new BackupJob { Selection = new GuestSelection.All([]), Settings = new BackupSettings { Mode = BackupMode.Stop, IoNice = 8 } };
        var id = await product.Runs.StartAsync(job, "alice", CancellationToken.None);
        var play = await product.Stage.NextAsync();
        Assert.IsType<RetryOutcome.Refused>(await product.Runs.RetryAsync(id, "bob", CancellationToken.None));
        play.Plan(101, 102, 103);
        play.Finish(101, Archived);
        play.Finish(102, new TaskOutcome.Failed("no space left", TimeSpan.Zero));
        play.Finish(103, new TaskOutcome.Failed("no space left", TimeSpan.Zero));
        play.Fail("job errors");
        await product.WaitForAsync(id, RunState.Failed);

        var started = Assert.IsType<RetryOutcome.Started>(await product.Runs.RetryAsync(id, "bob", CancellationToken.None));
        var again = Assert.IsType<RetryOutcome.Refused>(await product.Runs.RetryAsync(id, "bob", CancellationToken.None));

        Assert.Equivalent(job with { Selection = Product.Job(102, 103).Selection }, (await product.Stage.NextAsync()).Job, strict: true);
        var retry = await product.FindAsync(started.Run);
        Assert.Equal((new RunTrigger.Retry(id), "bob"), (retry.Trigger, retry.StartedBy));
        Assert.Contains("already", again.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_lines_of_each_guest_are_in_a_file_of_their_own_too()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Say("of the run");
        play.Say("one", 101);
        play.Say("two", 102, LogLevel.Error);
        play.Say("three", 101);
        play.Succeed();
        await product.WaitForAsync(id, RunState.Succeeded);

        var folder = Path.Combine(_folder.Path, "runs", $"{(await product.FindAsync(id)).CreatedAt.UtcDateTime.Year}", $"{id}");

        Assert.Equal(["Aug 22 03:00:07 INFO: one", "Aug 22 03:00:07 INFO: three"], await File.ReadAllLinesAsync(Path.Combine(folder, "101.log")));
        Assert.Equal(["Aug 22 03:00:07 ERROR: two"], await File.ReadAllLinesAsync(Path.Combine(folder, "102.log")));
    }

    [Fact]
    public async Task A_run_with_a_failed_guest_fails_and_keeps_the_archives_of_the_others()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);
        play.Finish(101, Archived);
        play.Begin(102);
        play.Fail("job errors", new TaskResult(Product.Guest(102), new TaskOutcome.Failed("no space left", TimeSpan.Zero)));

        var run = await product.WaitForAsync(id, RunState.Failed);

        Assert.Equal("job errors", run.Error);
        Assert.Equal([RunTaskState.Done, RunTaskState.Failed], run.Tasks.Select(task => task.State));
        Assert.Equal("no space left", run.Tasks[1].Error);
        Assert.Equal(4711, run.Tasks[0].ArchiveSize);
    }

    [Fact]
    public async Task An_exception_of_the_engine_fails_the_run_with_a_sentence_that_its_log_shows_too()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101, 102);
        var play = await product.Stage.NextAsync();
        play.Plan(101, 102);
        play.Begin(101);
        play.Throw(new InvalidOperationException("the tape is torn"));

        var run = await product.WaitForAsync(id, RunState.Failed);

        Assert.Equal("The backup stopped because of an unexpected error: the tape is torn", run.Error);
        Assert.Equal([RunTaskState.Failed, RunTaskState.Cancelled], run.Tasks.Select(task => task.State));
        var lines = await product.Feed.WatchAsync(id, 0, CancellationToken.None).SelectMany(update => update.NewLines).ToListAsync();
        Assert.Equal(LogLevel.Error, Assert.Single(lines, line => line.Text == run.Error).Level);
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_a_failure()
    {
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        (await product.Stage.NextAsync()).Throw(new TaskCanceledException("the socket gave up"));

        Assert.Contains("the socket gave up", (await product.WaitForAsync(id, run => run.State.IsFinal)).Error, StringComparison.Ordinal);
        Assert.Equal(RunState.Failed, (await product.FindAsync(id)).State);
    }

    [Fact]
    public async Task A_backup_goes_on_when_its_log_cannot_be_written()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "runs"), "a file where the folder should be");
        await using var product = await Product.StartAsync(_folder);
        var id = await product.StartRunAsync(101);
        var play = await product.Stage.NextAsync();
        play.Say("lost");
        play.Plan(101);
        play.Finish(101, Archived);
        play.Succeed();

        Assert.Equal(RunTaskState.Done, (await product.WaitForAsync(id, RunState.Succeeded)).Tasks[0].State);
    }

    [Fact]
    public async Task An_unknown_run_is_neither_found_nor_cancelled_nor_watched()
    {
        await using var product = await Product.StartAsync(_folder);

        Assert.Null(await product.Runs.FindAsync(Guid.NewGuid(), CancellationToken.None));
        Assert.False(await product.Runs.CancelAsync(Guid.NewGuid(), "bob", CancellationToken.None));
        Assert.Empty(await product.Feed.WatchAsync(Guid.NewGuid(), 0, CancellationToken.None).ToListAsync());
    }
}
