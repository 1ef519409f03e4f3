using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Restores;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Checks;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

/// <summary>Restore tests by schedule, under a clock that the test moves; no archive is really restored.</summary>
public abstract class ScheduledTrialsTests : IDisposable
{
    private static readonly DateTimeOffset Evening = new(2026, 8, 22, 20, 0, 0, TimeSpan.Zero);
    private static readonly TrialPlan Nightly = new() { IsOn = true, Schedule = "21:00", MostAtOnce = 10 };

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Evening);
    private readonly List<Archive> _archives = [];

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_each_guest_the_newest_archive_is_tested_the_never_tested_first_and_the_recently_proven_not()
    {
        var (_, newest, never, again, _) = (Add(101, 5), Add(101, 1), Add(102, 2), Add(103, 3), Add(104, 4));
        await using var desk = await StartAsync();
        await TestedAsync(desk, 103, again, Evening.AddDays(-31));
        await TestedAsync(desk, 104, "/dump/older", Evening.AddDays(-28));
        await SaveAsync(desk, Nightly with { Storage = "scratch", Start = false });
        _clock.SetUtcNow(Evening.AddHours(1));

        Assert.Equal([newest, never, again], await TestAllAsync(desk));

        var runs = (await desk.RunsAsync()).Where(run => run.CreatedAt > Evening).ToList();
        Assert.All(runs, run => Assert.Equal((Run.Scheduler, new RunTrigger.Schedule(Evening.AddHours(1))), (run.StartedBy, run.Trigger)));
        Assert.All(runs, run => Assert.Equal(("scratch", false), (RequestOf(run).Storage, RequestOf(run).Start)));
        var standing = await desk.Get<ScheduledTrials>().ReadAsync(CancellationToken.None);
        Assert.Equal((4, 4, 0, 0, 0), (standing.Guests, standing.Proven, standing.Failing, standing.Overdue, standing.Untested));
        Assert.Equal((3, 0, Evening.AddHours(25)), (standing.Last!.Sound, standing.Last.Failed, standing.Next));
    }

    [Fact]
    public async Task Only_the_guests_of_the_plan_are_tested_and_no_more_than_the_limit_at_a_time()
    {
        Add(101, 1);
        var (second, third) = (Add(102, 2), Add(103, 3));
        await using var desk = await StartAsync();
        await SaveAsync(desk, Nightly with { Guests = [102, 103], MostAtOnce = 1 });

        _clock.SetUtcNow(Evening.AddHours(1));
        Assert.Equal([second], await TestAllAsync(desk));
        _clock.SetUtcNow(Evening.AddHours(25));
        Assert.Equal([third], await TestAllAsync(desk));
        _clock.SetUtcNow(Evening.AddHours(49));
        Assert.Empty(await TestAllAsync(desk));
    }

    [Fact]
    public async Task A_guest_that_did_not_come_back_is_tested_again_with_its_next_archive()
    {
        var old = Add(101, 3);
        await using var desk = await StartAsync();
        await TestedAsync(desk, 101, "/dump/first", Evening.AddDays(-9));
        await TestedAsync(desk, 101, old, Evening.AddDays(-2), "The container came up, and its init ended after 3 s.");
        await SaveAsync(desk, Nightly);
        _clock.SetUtcNow(Evening.AddHours(1));
        Assert.Empty(await TestAllAsync(desk)); // the same archive would fail again
        Assert.Equal(1, (await desk.Get<ScheduledTrials>().ReadAsync(CancellationToken.None)).Failing);
        var known = (await desk.Get<RestoreProofs>().ListAsync(CancellationToken.None))[Product.Guest(101)];
        Assert.Equal(("The container came up, and its init ended after 3 s.", "/dump/first"), (known.Last.Problem, known.LastProven?.ArchivePath));

        var next = Add(101, 0);
        _clock.SetUtcNow(Evening.AddHours(25));
        Assert.Equal([next], await TestAllAsync(desk));
    }

    [Fact]
    public async Task A_check_and_a_restore_test_that_are_due_together_go_one_after_the_other()
    {
        var path = Add(101, 1);
        await using var desk = await StartAsync();
        await SaveAsync(desk, Nightly);
        await desk.Get<ScheduledChecks>().SaveAsync(new CheckPlan { IsOn = true, Schedule = "21:00" }, "ada", CancellationToken.None);
        _clock.SetUtcNow(Evening.AddHours(1));
        await desk.Get<ScheduledChecks>().LookAsync(CancellationToken.None);
        await LookAsync(desk);

        Assert.IsType<RunWork.Verify>(Assert.Single(await OpenAsync(desk)).Work);
        await desk.FinishAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([path], await TestAllAsync(desk));
    }

    [Fact]
    public async Task After_a_restart_a_test_that_was_broken_off_is_made_once_more()
    {
        var path = Add(101, 1);
        await using (var before = await StartAsync())
        {
            await SaveAsync(before, Nightly);
            _clock.Advance(TimeSpan.FromHours(1));
            await LookAsync(before);
            await before.Get<RunStore>().TryClaimAsync(Assert.Single(await OpenAsync(before)).Id, _clock.GetUtcNow(), CancellationToken.None);
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        await using var desk = await StartAsync();
        Assert.Equal([path], await TestAllAsync(desk));
        Assert.Equal(1, (await desk.Get<ScheduledTrials>().ReadAsync(CancellationToken.None)).Last!.Sound);
    }

    [Fact]
    public async Task A_plan_that_makes_no_sense_is_refused_in_sentences_and_one_that_does_is_audited()
    {
        await using var desk = await StartAsync();
        var problem = await Assert.ThrowsAsync<ProblemException>(() => SaveAsync(desk, new TrialPlan { IsOn = true, Schedule = "", AgainAfterDays = 0, Guests = [] }));
        Assert.Contains("Choose at least one guest.", problem.Message, StringComparison.Ordinal);
        await SaveAsync(desk, Nightly);
        var entry = Assert.Single(await desk.Get<AuditTrail>().ListAsync(0, 10, CancellationToken.None));
        Assert.Equal(("ada", "setting changed", "scheduled restore tests"), (entry.Who, entry.What, entry.Subject));
        Assert.Equal(Nightly, await desk.Get<ScheduledTrials>().FindPlanAsync(CancellationToken.None));
    }

    [Fact]
    public void Everything_about_a_restore_test_is_kept()
    {
        var evidence = new TrialEvidence(TrialSign.InitRuns, "The container's init ran.", 1234567, TimeSpan.FromSeconds(12.5), TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(20));
        var work = new RunWork.Trial(new TrialRequest { ArchivePath = "/dump/a", Storage = "scratch", Start = false, BandwidthLimit = new(1024) }) { Evidence = evidence };
        Assert.Equal(work, JobJson.ReadWork(JobJson.Write(Product.Job(101), work)));
        Assert.Equal(work with { Evidence = null }, JobJson.ReadWork(JobJson.Write(Product.Job(101), work with { Evidence = null })));
    }

    private Task<Desk> StartAsync() => Desk.StartAsync(_folder, _clock, more: services => services
        .AddSingleton<ListArchives>((_, _) => Task.FromResult(new ArchiveListing(_archives, [])))
        .AddSingleton<FindArchive>((id, _) => Task.FromResult(_archives.FirstOrDefault(archive => archive.Name == id.Name))));

    private string Add(int guest, int daysOld)
    {
        var time = Evening.AddDays(-daysOld);
        var archive = new Archive { Storage = "local", Path = $"/dump/vzdump-lxc-{guest}-{time:yyyy_MM_dd-HH_mm_ss}.tar.zst", Kind = GuestKind.Lxc, Guest = Product.Guest(guest), Time = time, Size = 1 };
        _archives.Add(archive);
        return archive.Path;
    }

    private static Task SaveAsync(Desk desk, TrialPlan plan) => desk.Get<ScheduledTrials>().SaveAsync(plan, "ada", CancellationToken.None);

    private static Task LookAsync(Desk desk) => desk.Get<ScheduledTrials>().LookAsync(CancellationToken.None);

    private static TrialRequest RequestOf(Run run) => Assert.IsType<RunWork.Trial>(run.Work).Request;

    private static Task<IReadOnlyList<Run>> OpenAsync(Desk desk) => desk.Get<RunStore>().ListInAsync(RunState.Queued, CancellationToken.None);

    private static async Task<IReadOnlyList<string>> TestAllAsync(Desk desk)
    {
        var done = new List<string>();
        await LookAsync(desk);
        while (await OpenAsync(desk) is { Count: > 0 } open)
        {
            done.Add(RequestOf(Assert.Single(open)).ArchivePath);
            await desk.FinishAsync();
            desk.Clock.Advance(TimeSpan.FromSeconds(1));
            await LookAsync(desk);
        }

        return done;
    }

    private static Task TestedAsync(Desk desk, int guest, string archive, DateTimeOffset at, string? problem = null) => desk.Get<RunStore>().AddAsync(
        new Run
        {
            Id = Guid.CreateVersion7(at),
            Job = Product.Job(guest),
            Work = new RunWork.Trial(new TrialRequest { ArchivePath = archive }),
            StartedBy = "alice",
            CreatedAt = at,
            State = problem is null ? RunState.Succeeded : RunState.Failed,
            FinishedAt = at,
            Error = problem,
        },
        CancellationToken.None);
}
