using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine.Backups;
using VzDump.Jobs.Audit;
using VzDump.Jobs.History;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Tests.Jobs;

public sealed class HistoryLimitTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 8, 22, 20, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Now);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Runs_and_their_logs_and_who_did_what_go_when_they_are_too_old_and_the_last_run_of_a_job_stays()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync(null);
        var old = await AddAsync(desk, 731);
        var oldOfJob = await AddAsync(desk, 900, job.Id);
        var lastOfJob = await AddAsync(desk, 800, job.Id);
        var young = await AddAsync(desk, 729);
        var waiting = await AddAsync(desk, 731, state: RunState.Queued);
        _clock.AdjustTime(Now.AddDays(-1096));
        await desk.Get<AuditTrail>().AddAsync("alice", "old thing done", "x", null, CancellationToken.None);
        _clock.AdjustTime(Now);

        await desk.Get<HistoryLimit>().ApplyAsync(CancellationToken.None);

        Assert.Equal(new[] { lastOfJob, young, waiting }.Order(), (await desk.RunsAsync()).Select(run => run.Id).Order());
        Assert.Equal(new[] { lastOfJob, young, waiting }.Order(), Logs().Order());
        Assert.Equal([false, false], new[] { old, oldOfJob }.Select(run => Directory.EnumerateDirectories(_folder.Path, $"{run:D}", SearchOption.AllDirectories).Any()));
        Assert.DoesNotContain(await desk.Get<AuditTrail>().ListAsync(0, 100, CancellationToken.None), entry => entry.What == "old thing done");
        Assert.Contains(await desk.Get<AuditTrail>().ListAsync(0, 100, CancellationToken.None), entry => entry.What == "job made");
    }

    [Fact]
    public async Task Hundreds_of_old_runs_go_and_with_the_last_log_the_folder_of_its_year()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        for (var run = 0; run < 450; run++)
        {
            await desk.Get<RunStore>().AddAsync(RunOf(1000, null, RunState.Succeeded), CancellationToken.None);
        }

        await AddAsync(desk, 1000);
        await desk.Get<HistoryLimit>().ApplyAsync(CancellationToken.None);

        Assert.Empty(await desk.RunsAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder.Path, "runs")));
    }

    [Fact]
    public async Task A_log_whose_run_nobody_knows_goes_at_the_same_age_and_other_files_stay()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "runs", "2024")).FullName;
        var (old, young, other) = (Path.Combine(folder, $"{Guid.NewGuid():D}.log"), Path.Combine(folder, $"{Guid.NewGuid():D}.log"), Path.Combine(folder, "notes.log"));
        foreach (var (path, days) in new[] { (old, 731), (young, 729), (other, 900) })
        {
            await File.WriteAllTextAsync(path, "x", CancellationToken.None);
            File.SetLastWriteTimeUtc(path, Now.AddDays(-days).UtcDateTime);
        }

        await desk.Get<HistoryLimit>().ApplyAsync(CancellationToken.None);

        Assert.Equal(new[] { young, other }.Order(StringComparer.Ordinal), Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_deleted_job_goes_with_its_last_run_and_nothing_goes_when_history_is_kept_for_ever()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync(null);
        await AddAsync(desk, 1, job.Id);
        await desk.Jobs.DeleteAsync(job.Id, "bob", CancellationToken.None);
        var options = desk.Get<IOptionsMonitor<HistoryOptions>>().CurrentValue;

        _clock.SetUtcNow(Now.AddDays(2000));
        (options.KeepRunsDays, options.KeepAuditDays) = (0, 0);
        await desk.Get<HistoryLimit>().ApplyAsync(CancellationToken.None);
        Assert.Single(await desk.RunsAsync());
        Assert.NotNull(await desk.Jobs.FindAsync(job.Id, CancellationToken.None));
        Assert.NotEmpty(await desk.Get<AuditTrail>().ListAsync(0, 10, CancellationToken.None));

        // The last run of a job that is not there any more stands for nothing.
        options.KeepRunsDays = 730;
        await desk.Get<HistoryLimit>().ApplyAsync(CancellationToken.None);
        Assert.Null(await desk.Jobs.FindAsync(job.Id, CancellationToken.None));
        Assert.Empty(await desk.RunsAsync());
    }

    private async Task<Guid> AddAsync(Desk desk, int daysAgo, Guid? job = null, RunState state = RunState.Succeeded)
    {
        var run = RunOf(daysAgo, job, state);
        await desk.Get<RunStore>().AddAsync(run, CancellationToken.None);
        using (var log = new RunLogWriter(desk.Get<RunLogFiles>(), run))
        {
            log.Append(new BackupEvent.Logged(Product.Guest(101), run.CreatedAt, LogLevel.Info, "a line"));
            log.Flush();
        }

        File.SetLastWriteTimeUtc(desk.Get<RunLogFiles>().PathOf(run), run.CreatedAt.UtcDateTime);
        return run.Id;
    }

    private static Run RunOf(int daysAgo, Guid? job, RunState state)
    {
        var at = Now.AddDays(-daysAgo);
        return new Run { Id = Guid.CreateVersion7(at), Job = Product.Job(101), StartedBy = "alice", SavedJob = job, CreatedAt = at, FinishedAt = state is RunState.Queued ? null : at, State = state, Tasks = [new RunTask { Guest = Product.Guest(101), Name = "ct101" }] };
    }

    private IEnumerable<Guid> Logs() => Directory.EnumerateFiles(Path.Combine(_folder.Path, "runs"), "*.log", SearchOption.AllDirectories)
        .Where(path => Path.GetFileNameWithoutExtension(path).Length == 36).Select(path => Guid.Parse(Path.GetFileNameWithoutExtension(path)));
}
