using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Checks;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

/// <summary>Checks by schedule, under a clock that the test moves; no archive is really read.</summary>
public abstract class ScheduledChecksTests : IDisposable
{
    private static readonly DateTimeOffset Evening = new(2026, 8, 22, 20, 0, 0, TimeSpan.Zero);
    private static readonly CheckPlan Nightly = new() { IsOn = true, Schedule = "21:00" };

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Evening);
    private readonly List<Archive> _archives = [];
    private IReadOnlyCollection<string>? _asked;
    private IReadOnlyList<string> _problems = [];

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Archives_are_checked_when_they_are_due_one_after_the_other_the_most_urgent_first()
    {
        var (old, sound, newest, other, again) = (Add(101, 5), Add(101, 1), Add(102, 2), Add(102, 3), Add(103, 40));
        await using var desk = await StartAsync();
        await CheckedAsync(desk, again, Evening.AddDays(-31));
        await CheckedAsync(desk, sound, Evening.AddDays(-28));
        await SaveAsync(desk, Nightly);
        Assert.Empty(await OpenAsync(desk));

        _clock.SetUtcNow(Evening.AddHours(1));
        Assert.Equal([newest, other, old, again], await CheckAllAsync(desk));
        Assert.All(await ChecksAsync(desk, since: Evening), run => Assert.Equal((Run.Scheduler, new RunTrigger.Schedule(Evening.AddHours(1))), (run.StartedBy, run.Trigger)));
        var standing = await desk.Get<ScheduledChecks>().ReadAsync(CancellationToken.None);
        Assert.Equal((4, 0, 0, 0), (standing.Last!.Sound, standing.Last.Failed, standing.Unchecked, standing.Overdue));
        Assert.Equal((5, Evening.AddHours(25), _clock.GetUtcNow()), (standing.Archives, standing.Next, standing.Last.EndedAt));

        // All are known now; nothing is left to check on the next night.
        _clock.SetUtcNow(Evening.AddHours(25));
        Assert.Empty(await CheckAllAsync(desk));
    }

    [Fact]
    public async Task No_more_archives_than_the_limit_are_checked_at_a_time_and_the_others_come_next()
    {
        foreach (var guest in Enumerable.Range(101, 5))
        {
            Add(guest, guest);
        }

        await using var desk = await StartAsync();
        await SaveAsync(desk, Nightly with { Schedule = "hourly", MostAtOnce = 2 });
        var all = new List<string>();
        foreach (var most in new[] { 2, 2, 1 })
        {
            _clock.Advance(TimeSpan.FromHours(1));
            var done = await CheckAllAsync(desk);
            Assert.Equal(most, done.Count);
            all.AddRange(done);
        }

        Assert.Equal(_archives.Select(archive => archive.Path), all);
    }

    [Fact]
    public async Task Off_means_nothing_and_switching_off_leaves_out_what_waits()
    {
        Add(101, 1);
        Add(102, 2);
        await using var desk = await StartAsync();
        Assert.False((await desk.Get<ScheduledChecks>().FindPlanAsync(CancellationToken.None)).IsOn);
        await SaveAsync(desk, Nightly with { IsOn = false });
        _clock.Advance(TimeSpan.FromDays(2));
        await LookAsync(desk);
        Assert.Empty(await OpenAsync(desk));

        await SaveAsync(desk, Nightly);
        await LookAsync(desk);
        Assert.Empty(await OpenAsync(desk)); // what was due before is not made up for
        _clock.Advance(TimeSpan.FromHours(1));
        await LookAsync(desk);
        Assert.Single(await OpenAsync(desk));
        await SaveAsync(desk, Nightly with { IsOn = false });
        Assert.Empty(await CheckAllAsync(desk, but: 1));
        var last = (await desk.Get<ScheduledChecks>().ReadAsync(CancellationToken.None)).Last!;
        Assert.Equal((1, false), (last.Sound, last.IsOpen));
        Assert.Equal(["Switched off: 1 archive was left out."], last.Skipped);
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_where_it_was_and_checks_none_twice()
    {
        var (first, second, third) = (Add(101, 1), Add(102, 2), Add(103, 3));
        await using (var before = await StartAsync())
        {
            await SaveAsync(before, Nightly);
            _clock.Advance(TimeSpan.FromHours(1));
            await LookAsync(before);
            await before.FinishAsync();
            _clock.Advance(TimeSpan.FromSeconds(1));
            await LookAsync(before);
            Assert.Equal(second, PathOf(Assert.Single(await OpenAsync(before))));

            // The program dies when the next check is noted and not yet recorded.
            await using var database = before.Get<JobsDatabase>().Open();
            await database.Runs.Where(run => run.State == RunState.Queued).ExecuteDeleteAsync(CancellationToken.None);
        }

        await using var desk = await StartAsync();
        Assert.Equal([second, third], await CheckAllAsync(desk));
        Assert.Equal([first, second, third], (await ChecksAsync(desk, Evening)).Select(PathOf));
        Assert.Equal(3, (await desk.Get<ScheduledChecks>().ReadAsync(CancellationToken.None)).Last!.Sound);
    }

    [Fact]
    public async Task A_check_that_the_end_of_the_program_broke_off_is_made_once_more_after_the_others()
    {
        var (first, second) = (Add(101, 1), Add(102, 2));
        await using (var before = await StartAsync())
        {
            await SaveAsync(before, Nightly);
            _clock.Advance(TimeSpan.FromHours(1));
            await LookAsync(before);
            await before.Get<RunStore>().TryClaimAsync(Assert.Single(await OpenAsync(before)).Id, _clock.GetUtcNow(), CancellationToken.None);
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        await using var desk = await StartAsync();
        await LookAsync(desk);
        await desk.FinishAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([first], await CheckAllAsync(desk));
        var checks = await ChecksAsync(desk, Evening);
        Assert.Equal([RunState.Interrupted, RunState.Succeeded, RunState.Succeeded], checks.Select(run => run.State));
        Assert.Equal(second, PathOf(checks[1]));
    }

    [Fact]
    public async Task However_often_and_at_once_it_is_looked_a_due_time_is_answered_once()
    {
        Add(101, 1);
        Add(102, 2);
        await using var desk = await StartAsync();
        await SaveAsync(desk, Nightly);
        _clock.Advance(TimeSpan.FromHours(1));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => LookAsync(desk))));
        Assert.Single(await OpenAsync(desk));
        _clock.AdjustTime(Evening); // the clock is set back
        Assert.Equal(2, (await CheckAllAsync(desk)).Count);
        _clock.SetUtcNow(Evening.AddHours(1));
        Add(103, 1);
        Assert.Empty(await CheckAllAsync(desk));
    }

    [Fact]
    public async Task A_backup_that_waits_goes_before_the_next_check()
    {
        Add(101, 1);
        Add(102, 2);
        await using var desk = await StartAsync();
        await SaveAsync(desk, Nightly);
        _clock.Advance(TimeSpan.FromHours(1));
        await LookAsync(desk);
        var check = Assert.Single(await OpenAsync(desk));
        var backup = await desk.Get<BackupRuns>().StartAsync(Product.Job(101), "alice", CancellationToken.None);
        await EndAsync(desk, check, RunState.Succeeded);
        await LookAsync(desk);
        Assert.Equal([backup], (await OpenAsync(desk)).Select(run => run.Id));
        await desk.FinishAsync();
        Assert.Single(await CheckAllAsync(desk));
    }

    [Fact]
    public async Task An_archive_that_is_gone_and_a_storage_that_does_not_answer_are_told_and_skipped()
    {
        var (there, gone, broken) = (Add(101, 3), Add(102, 2), Add(103, 1));
        _problems = ["The storage 'nas' does not answer."];
        await using var desk = await StartAsync();
        await SaveAsync(desk, Nightly with { Storages = ["local", "nas"] });
        _clock.Advance(TimeSpan.FromHours(1));
        await LookAsync(desk);
        Assert.Equal(["local", "nas"], _asked);
        var first = Assert.Single(await OpenAsync(desk));
        Assert.Equal(broken, PathOf(first));
        await EndAsync(desk, first, RunState.Failed);
        _archives.RemoveAll(archive => archive.Path == gone);

        Assert.Equal([there], await CheckAllAsync(desk));
        var last = (await desk.Get<ScheduledChecks>().ReadAsync(CancellationToken.None)).Last!;
        Assert.Equal((1, 1), (last.Sound, last.Failed));
        Assert.Equal(["The storage 'nas' does not answer.", $"{Path.GetFileName(gone)} is not on the storage 'local' any more."], last.Skipped);
    }

    [Fact]
    public async Task While_a_round_goes_on_further_due_times_begin_no_other_one()
    {
        Add(101, 1);
        Add(102, 2);
        await using var desk = await StartAsync();
        await SaveAsync(desk, Nightly with { Schedule = "hourly" });
        _clock.Advance(TimeSpan.FromHours(1));
        await LookAsync(desk);
        _clock.Advance(TimeSpan.FromHours(1));
        await LookAsync(desk);
        Assert.Single(await OpenAsync(desk));
        Assert.Equal(2, (await CheckAllAsync(desk)).Count);
        Assert.Equal(Evening.AddHours(1), (await desk.Get<ScheduledChecks>().ReadAsync(CancellationToken.None)).Last!.Due);
    }

    [Fact]
    public async Task A_plan_that_makes_no_sense_is_refused_in_sentences_and_one_that_does_is_audited()
    {
        await using var desk = await StartAsync();
        var problem = await Assert.ThrowsAsync<ProblemException>(() => SaveAsync(desk, new CheckPlan { IsOn = true, Schedule = "never ever", AgainAfterDays = 0, MostAtOnce = 0, Storages = [] }));
        foreach (var part in new[] { "never", "1 to 3650 days", "1 to 1000 archives", "at least one storage" })
        {
            Assert.Contains(part, problem.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await desk.Get<AuditTrail>().ListAsync(0, 10, CancellationToken.None));
        await SaveAsync(desk, Nightly);
        var entry = Assert.Single(await desk.Get<AuditTrail>().ListAsync(0, 10, CancellationToken.None));
        Assert.Equal(("ada", "setting changed", "scheduled checks"), (entry.Who, entry.What, entry.Subject));
    }

    private Task<Desk> StartAsync() => Desk.StartAsync(_folder, _clock, more: services => services
        .AddSingleton<ListArchives>((storages, _) =>
        {
            _asked = storages;
            return Task.FromResult(new ArchiveListing(_archives, _problems));
        })
        .AddSingleton<FindArchive>((id, _) => Task.FromResult(_archives.FirstOrDefault(archive => archive.Name == id.Name))));

    // Newest first, as a listing is.
    private string Add(int guest, int daysOld)
    {
        var time = Evening.AddDays(-daysOld);
        var archive = new Archive { Storage = "local", Path = $"/dump/vzdump-lxc-{guest}-{time:yyyy_MM_dd-HH_mm_ss}.tar.zst", Kind = GuestKind.Lxc, Guest = Product.Guest(guest), Time = time, Size = 1 };
        _archives.Add(archive);
        return archive.Path;
    }

    private static Task SaveAsync(Desk desk, CheckPlan plan) => desk.Get<ScheduledChecks>().SaveAsync(plan, "ada", CancellationToken.None);

    private static Task LookAsync(Desk desk) => desk.Get<ScheduledChecks>().LookAsync(CancellationToken.None);

    private static string PathOf(Run run) => Assert.IsType<RunWork.Verify>(run.Work).ArchivePath;

    private static Task<IReadOnlyList<Run>> OpenAsync(Desk desk) => desk.Get<RunStore>().ListInAsync(RunState.Queued, CancellationToken.None);

    private static async Task<IReadOnlyList<Run>> ChecksAsync(Desk desk, DateTimeOffset since) => [.. (await desk.RunsAsync()).Where(run => run.CreatedAt > since)];

    private static async Task EndAsync(Desk desk, Run run, RunState state)
    {
        await desk.Get<RunStore>().TryClaimAsync(run.Id, desk.Clock.GetUtcNow(), CancellationToken.None);
        await desk.Get<RunStore>().FinishAsync(run with { State = state, FinishedAt = desk.Clock.GetUtcNow() }, CancellationToken.None);
    }

    // Until nothing more begins; answers the archives in the order in which they were checked.
    private static async Task<IReadOnlyList<string>> CheckAllAsync(Desk desk, int but = 0)
    {
        var done = new List<string>();
        await LookAsync(desk);
        while (await OpenAsync(desk) is { Count: > 0 } open)
        {
            done.Add(PathOf(Assert.Single(open)));
            await desk.FinishAsync();
            desk.Clock.Advance(TimeSpan.FromSeconds(1));
            await LookAsync(desk);
        }

        return [.. done.Skip(but)];
    }

    private static async Task CheckedAsync(Desk desk, string archive, DateTimeOffset at)
    {
        var run = new Run
        {
            Id = Guid.CreateVersion7(at),
            Job = Product.Job(101),
            Work = new RunWork.Verify(archive),
            StartedBy = "alice",
            CreatedAt = at,
            State = RunState.Succeeded,
            FinishedAt = at,
        };
        await desk.Get<RunStore>().AddAsync(run, CancellationToken.None);
    }
}
