using System.Reflection;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

public abstract class SavedJobsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 8, 22, 20, 0, 0, TimeSpan.Zero));

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_is_kept_as_it_was_saved()
    {
        var draft = new JobDraft
        {
            Name = " weekly ",
            Comment = "all but the big one",
            Schedule = "sat 02:30",
            RepeatMissed = true,
            Definition = new BackupJob { Selection = new GuestSelection.All([Product.Guest(104)]), Settings = new BackupSettings { Prune = new KeepPolicy { Last = 3 } } },
        };
        await using (var desk = await Desk.StartAsync(_folder, _clock))
        {
            await desk.Jobs.CreateAsync(draft, "alice", CancellationToken.None);
        }

        await using var next = await Desk.StartAsync(_folder, _clock);
        var job = Assert.Single(await next.Jobs.ListAsync(CancellationToken.None));

        Assert.Equivalent(draft with { Name = "weekly" }, JobDraft.From(job), strict: true);
        Assert.Equal(("alice", "alice", 1, null), (job.CreatedBy, job.ChangedBy, job.Version, job.Source));
    }

    [Fact]
    public async Task The_second_of_two_editors_is_told_and_changes_nothing()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("21:00");

        var first = await desk.Jobs.SaveAsync(job.Id, job.Version, Desk.Draft("22:00"), "bob", CancellationToken.None);
        var second = await desk.Jobs.SaveAsync(job.Id, job.Version, Desk.Draft("23:00"), "carol", CancellationToken.None);

        Assert.Equal("22:00", Assert.IsType<SaveOutcome.Saved>(first).Job.Schedule);
        var now = Assert.IsType<SaveOutcome.ChangedMeanwhile>(second).Now;
        Assert.Equal(("22:00", "bob", 2), (now.Schedule, now.ChangedBy, now.Version));
    }

    [Fact]
    public async Task A_draft_with_problems_is_not_saved_and_each_has_its_field()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("21:00");
        var bad = Desk.Draft("25:30", name: " ") with { Comment = new string('x', 513) };

        foreach (var outcome in new[] { await desk.Jobs.CreateAsync(bad, "bob", CancellationToken.None), await desk.Jobs.SaveAsync(job.Id, 1, bad, "bob", CancellationToken.None) })
        {
            Assert.Equal(["Name", "Comment", "Schedule"], Assert.IsType<SaveOutcome.Invalid>(outcome).Problems.Select(problem => problem.Field));
        }

        Assert.Equal("21:00", Assert.Single(await desk.Jobs.ListAsync(CancellationToken.None)).Schedule);
    }

    [Fact]
    public async Task A_copy_is_switched_off()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("21:00");

        var copy = Assert.IsType<SaveOutcome.Saved>(await desk.Jobs.CloneAsync(job.Id, "bob", CancellationToken.None)).Job;

        Assert.Equal(("nightly (copy)", false, "21:00", null), (copy.Name, copy.Enabled, copy.Schedule, copy.NextRun));
        Assert.Equal([job.Id], desk.Ordered().Select(call => call.Job));
    }

    [Fact]
    public async Task A_deleted_job_can_be_brought_back_and_keeps_its_runs()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("21:00");
        var run = await desk.Jobs.RunNowAsync(job.Id, "bob", CancellationToken.None);

        await desk.Jobs.DeleteAsync(job.Id, "bob", CancellationToken.None);

        Assert.Empty(await desk.Jobs.ListAsync(CancellationToken.None));
        Assert.IsType<SaveOutcome.Gone>(await desk.Jobs.SaveAsync(job.Id, 2, Desk.Draft("22:00"), "bob", CancellationToken.None));
        await Assert.ThrowsAsync<ProblemException>(() => desk.Jobs.RunNowAsync(job.Id, "bob", CancellationToken.None));
        Assert.Equal(run, Assert.Single(await desk.Get<BackupRuns>().ListOfJobAsync(job.Id, 10, CancellationToken.None)).Id);
        Assert.IsType<SaveOutcome.Saved>(await desk.Jobs.RestoreAsync(job.Id, "bob", CancellationToken.None));
        Assert.NotNull(Assert.Single(await desk.Jobs.ListAsync(CancellationToken.None)).NextRun);
    }

    [Fact]
    public async Task Run_now_names_the_person_the_job_and_its_options_as_they_are()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync(null, enabled: false);

        await desk.Jobs.RunNowAsync(job.Id, "bob", CancellationToken.None);

        var run = Assert.Single(await desk.RunsAsync());
        Assert.Equal((new RunTrigger.Manual(), "bob", job.Id, "nightly"), (run.Trigger, run.StartedBy, run.SavedJob, run.SavedJobName));
        Assert.Equivalent(job.Definition, run.Job, strict: true);
    }

    [Fact]
    public void Every_option_of_a_job_survives_being_written_and_read()
    {
        var settings = new BackupSettings();
        foreach (var property in typeof(BackupSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            property.SetValue(settings, Sample(property.PropertyType));
        }

        var job = new BackupJob { Selection = new GuestSelection.All([Product.Guest(104)]), Settings = settings };

        var read = JobJson.Read(JobJson.Write(job));

        Assert.Equivalent(job, read, strict: true);
        Assert.All(
            typeof(BackupSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite),
            property => Assert.NotNull(property.GetValue(read.Settings)));
    }

    private static object Sample(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain switch
        {
            _ when plain == typeof(string) => "text",
            _ when plain == typeof(int) => 7,
            _ when plain == typeof(long) => 7L,
            _ when plain == typeof(bool) => true,
            _ when plain == typeof(PerformanceSettings) => new PerformanceSettings(4, 1000),
            _ when plain == typeof(FleecingSettings) => new FleecingSettings(true, "local"),
            _ when plain == typeof(KeepPolicy) => new KeepPolicy { Last = 3, Yearly = 1 },
            _ when plain.IsEnum => plain.GetEnumValues().GetValue(plain.GetEnumValues().Length - 1)!,
            _ when plain.IsAssignableFrom(typeof(string[])) => new[] { "/tmp/?*", "/var" },
            _ => throw new InvalidOperationException($"This test needs a sample of {plain}."),
        };
    }
}
