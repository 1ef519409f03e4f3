using Microsoft.Extensions.Time.Testing;
using VzDump.Engine.Backups;
using VzDump.Engine.Configuration;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Imports;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

public abstract class ImportsTests : IDisposable
{
    private const string Nightly = "# cluster wide jobs\nvzdump: nightly\n\tcomment all of them\n\tschedule 21:00\n\tall 1\n\texclude 104\n\tmode stop\n\tprune-backups keep-last=3\n\trepeat-missed 1\n\tnotification-mode auto\n\nrealm-sync: ldap\n\tschedule hourly\n";
    private const string Cron = "PATH=\"/usr/sbin:/usr/bin:/sbin:/bin\"\n\n0 3 * * 6           root vzdump 101 --quiet 1 --mode suspend\n30 22 * * *           root #vzdump --all 1 --quiet 1\n";
    private static readonly DateTimeOffset Evening = new(2026, 8, 22, 20, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Evening);

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    private string JobsFile => Path.Combine(_folder.Path, "jobs.cfg");

    private string CronFile => Path.Combine(_folder.Path, "vzdump.cron");

    private JobSource NightlySource => new(JobsFile, "nightly");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_preview_shows_what_each_job_would_be_and_changes_nothing()
    {
        await File.WriteAllTextAsync(JobsFile, Nightly);
        await File.WriteAllTextAsync(CronFile, Cron);
        await using var desk = await Desk.StartAsync(_folder, _clock);

        var preview = await desk.Get<JobImports>().PreviewAsync(CancellationToken.None);

        Assert.Empty(preview.Problems);
        Assert.Equal(["all of them", "vzdump.cron, sat 03:00", "vzdump.cron, 22:30"], preview.Candidates.Select(candidate => candidate.Draft.Name));
        Assert.Equal([true, true, false], preview.Candidates.Select(candidate => candidate.Draft.Enabled));
        Assert.All(preview.Candidates, candidate => Assert.Null(candidate.Refusal));
        Assert.All(preview.Candidates, candidate => Assert.Null(candidate.Ours));
        Assert.Equal([1, 0, 0], preview.Candidates.Select(candidate => candidate.Notes.Count));
        Assert.Contains("'notification-mode'", preview.Candidates[0].Notes[0], StringComparison.Ordinal);
        Assert.Equivalent(
            new JobDraft { Name = "all of them", Comment = "all of them", Schedule = "21:00", RepeatMissed = true, Definition = BackupCommandLine.Parse("vzdump --exclude 104 --mode stop --prune-backups keep-last=3") },
            preview.Candidates[0].Draft,
            strict: true);
        Assert.Equal((Nightly, Cron), (await File.ReadAllTextAsync(JobsFile), await File.ReadAllTextAsync(CronFile)));
        Assert.Empty(await desk.Jobs.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_job_that_is_taken_over_runs_here_and_no_longer_there_and_its_origin_is_kept()
    {
        await File.WriteAllTextAsync(JobsFile, Nightly);
        await using var desk = await Desk.StartAsync(_folder, _clock);

        var job = Assert.IsType<ImportOutcome.Imported>(await ImportAsync(desk, NightlySource)).Job;

        Assert.Equal(Nightly.Replace("\tnotification-mode auto\n", "\tnotification-mode auto\n\tenabled 0\n", StringComparison.Ordinal), await File.ReadAllTextAsync(JobsFile));
        Assert.Equal((NightlySource, true, false, Evening.AddHours(1), "alice"), (job.Source, job.Enabled, job.TakeoverPending, job.NextRun, job.CreatedBy));
        Assert.True(await desk.NextCallAsync(Evening.AddHours(2)));
        Assert.Equal(new RunTrigger.Schedule(Evening.AddHours(1)), Assert.Single(await desk.RunsAsync()).Trigger);
        Assert.Equal(
            [("original switched off", $"in {JobsFile}: nightly"), ("job imported", $"from {JobsFile}: nightly")],
            (await desk.Get<AuditTrail>().ListAsync(0, 10, CancellationToken.None)).Select(entry => (entry.What, entry.Details ?? "")));
    }

    [Fact]
    public async Task A_line_of_cron_that_is_taken_over_becomes_a_comment_and_one_that_was_off_stays_off()
    {
        await File.WriteAllTextAsync(CronFile, Cron);
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var candidates = (await desk.Get<JobImports>().PreviewAsync(CancellationToken.None)).Candidates;

        var first = Assert.IsType<ImportOutcome.Imported>(await ImportAsync(desk, candidates[0].Source)).Job;
        var second = Assert.IsType<ImportOutcome.Imported>(await ImportAsync(desk, candidates[1].Source)).Job;

        Assert.Equal(Cron.Replace("0 3 * * 6", "# taken over by VzDump.Web: 0 3 * * 6", StringComparison.Ordinal), await File.ReadAllTextAsync(CronFile));
        Assert.Equal((true, new DateTimeOffset(2026, 8, 29, 3, 0, 0, TimeSpan.Zero)), (first.Enabled, first.NextRun));
        Assert.Equal((false, null), (second.Enabled, second.NextRun));
        Assert.Equal(second.Id, Assert.Single((await desk.Get<JobImports>().PreviewAsync(CancellationToken.None)).Candidates).Ours?.Id);
    }

    [Fact]
    public async Task What_is_no_longer_there_or_was_taken_over_before_is_refused()
    {
        await File.WriteAllTextAsync(JobsFile, Nightly);
        await using var desk = await Desk.StartAsync(_folder, _clock);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ImportAsync(desk, NightlySource))));

        Assert.Single(outcomes.OfType<ImportOutcome.Imported>());
        Assert.All(outcomes.OfType<ImportOutcome.Refused>(), refused => Assert.Equal("It was taken over already, as 'all of them'.", refused.Reason));
        Assert.Single(await desk.Jobs.ListAsync(CancellationToken.None));
        Assert.Contains("is not in", Assert.IsType<ImportOutcome.Refused>(await ImportAsync(desk, new JobSource(JobsFile, "gone"))).Reason, StringComparison.Ordinal);
        Assert.Contains("is not in", Assert.IsType<ImportOutcome.Refused>(await ImportAsync(desk, new JobSource(Path.Combine(_folder.Path, "other"), "nightly"))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_not_understood_wholly_is_refused_with_the_reason_and_its_file_stays_as_it_is()
    {
        const string odd = "vzdump: a\n\tschedule 21:00\n\tall 1\n\tchange-detection-mode data\n\nvzdump: b\n\tschedule 21:00\n\tvmid 101\n\tionice 9\n\nvzdump: c\n\tschedule feb 30\n\tvmid 101\n";
        const string cron = "*/5 * * * * root vzdump 101\n0 3 1 * * root vzdump 101\n0 3 * * 1 root vzdump 101 > /dev/null\n";
        await File.WriteAllTextAsync(JobsFile, odd);
        await File.WriteAllTextAsync(CronFile, cron);
        await using var desk = await Desk.StartAsync(_folder, _clock);

        var preview = await desk.Get<JobImports>().PreviewAsync(CancellationToken.None);

        Assert.Contains("'change-detection-mode'", Assert.Single(preview.Candidates).Refusal, StringComparison.Ordinal);
        Assert.Equal(
            [$"{JobsFile}, line 9", $"{JobsFile}, line 12", $"{CronFile}, line 1", $"{CronFile}, line 2", $"{CronFile}, line 3"],
            preview.Problems.Select(problem => problem.Split(": ")[0]));
        foreach (var key in (string[])["a", "b", "c"])
        {
            Assert.IsType<ImportOutcome.Refused>(await ImportAsync(desk, new JobSource(JobsFile, key)));
        }

        Assert.Equal((odd, cron), (await File.ReadAllTextAsync(JobsFile), await File.ReadAllTextAsync(CronFile)));
        Assert.Empty(await desk.Jobs.ListAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("vzdump: a\n\tall 1\nnonsense\n", "line 3")]
    [InlineData("\tschedule 21:00\n", "line 1")]
    [InlineData("vzdump: a\n\tall 1\n\nvzdump: a\n\tall 1\n", "line 4")]
    [InlineData("vzdump: a\n\tall 1\n\0", "")]
    public async Task A_broken_file_is_told_with_its_line_and_does_not_hide_the_other(string text, string line)
    {
        await File.WriteAllTextAsync(JobsFile, text);
        await File.WriteAllTextAsync(CronFile, Cron);
        await using var desk = await Desk.StartAsync(_folder, _clock);

        var preview = await desk.Get<JobImports>().PreviewAsync(CancellationToken.None);

        Assert.Equal(2, preview.Candidates.Count);
        Assert.Contains(JobsFile, Assert.Single(preview.Problems), StringComparison.Ordinal);
        Assert.Contains(line, preview.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_node_of_a_cluster_only_a_job_of_this_node_is_taken_over_and_it_is_switched_off_under_the_clusters_lock()
    {
        var proxmox = Directory.CreateDirectory(Path.Combine(_folder.Path, "pve")).FullName;
        foreach (var folder in (string[])[Path.Combine("nodes", NodePaths.NodeName), "nodes/other", "priv/lock"])
        {
            Directory.CreateDirectory(Path.Combine(proxmox, folder));
        }

        var file = Path.Combine(proxmox, "jobs.cfg");
        var text = $"vzdump: here\n\tschedule 21:00\n\tall 1\n\tnode {NodePaths.NodeName}\n\nvzdump: there\n\tschedule 21:00\n\tall 1\n\tnode other\n\nvzdump: everywhere\n\tschedule 21:00\n\tall 1\n";
        await File.WriteAllTextAsync(file, text);
        await using var desk = await Desk.StartAsync(_folder, _clock, proxmox);

        var refusals = (await desk.Get<JobImports>().PreviewAsync(CancellationToken.None)).Candidates.Select(candidate => candidate.Refusal).ToList();
        Directory.CreateDirectory(Path.Combine(proxmox, "priv/lock/file-jobs_cfg"));
        var waits = ImportAsync(desk, new JobSource(file, "here"));
        while (!waits.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        Assert.Equal([null, "It belongs to the node 'other'. Take it over there.", "It works on other nodes too: other. Limit it to this node in Proxmox VE first, and give the others jobs of their own."], refusals);
        Assert.Contains("file-jobs_cfg", Assert.IsType<ImportOutcome.Waiting>(await waits).Reason, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(file));

        Directory.Delete(Path.Combine(proxmox, "priv/lock/file-jobs_cfg"));
        await desk.LookAsync();

        Assert.Equal(text.Replace($"node {NodePaths.NodeName}\n", $"node {NodePaths.NodeName}\n\tenabled 0\n", StringComparison.Ordinal), await File.ReadAllTextAsync(file));
        Assert.False(Assert.Single(await desk.Jobs.ListAsync(CancellationToken.None)).TakeoverPending);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_program_died_the_next_start_goes_on_and_says_what_neither_has_done(bool originalIsOff)
    {
        await File.WriteAllTextAsync(JobsFile, Nightly);
        await using (var desk = await Desk.StartAsync(_folder, _clock))
        {
            var draft = (await desk.Get<JobImports>().PreviewAsync(CancellationToken.None)).Candidates[0].Draft;
            await desk.Get<JobStore>().AddAsync(SavedJobRow.From(draft, "alice", Evening) with { SourceFile = JobsFile, SourceKey = "nightly", TakeoverPending = true }, "job imported", CancellationToken.None);
            if (originalIsOff)
            {
                await desk.Get<JobOriginals>().SwitchOffAsync(NightlySource, CancellationToken.None);
            }
        }

        _clock.SetUtcNow(Evening.AddDays(1));
        await using var next = await Desk.StartAsync(_folder, _clock);

        Assert.False(JobsConfig.Parse(await File.ReadAllTextAsync(JobsFile), JobsFile).IsOn("nightly"));
        var job = Assert.Single(await next.Jobs.ListAsync(CancellationToken.None));
        Assert.Equal((true, false, Evening.AddDays(1).AddHours(1)), (job.Enabled, job.TakeoverPending, job.NextRun));

        // While it was on, the original made that backup; when both were off nobody did, and that is made up for.
        Assert.Equal(originalIsOff ? [new RunTrigger.CatchUp(Evening.AddHours(1), 1)] : [], (await next.RunsAsync()).Select(run => run.Trigger));
    }

    [Theory]
    [InlineData("20:01", true)]
    [InlineData("19:59", true)]
    [InlineData("20:00", true)]
    [InlineData("20:03", false)]
    [InlineData("*:*", false)]
    public async Task Around_a_due_time_the_original_makes_the_backup_and_ours_takes_over_later(string schedule, bool waits)
    {
        await File.WriteAllTextAsync(JobsFile, Nightly.Replace("21:00", schedule, StringComparison.Ordinal));
        await using var desk = await Desk.StartAsync(_folder, _clock);

        var outcome = await ImportAsync(desk, NightlySource);

        Assert.Equal(waits, outcome is ImportOutcome.Waiting);
        Assert.Equal(waits, JobsConfig.Parse(await File.ReadAllTextAsync(JobsFile), JobsFile).IsOn("nightly"));
        _clock.SetUtcNow(Evening.AddMinutes(4));
        await desk.LookAsync();
        Assert.False(JobsConfig.Parse(await File.ReadAllTextAsync(JobsFile), JobsFile).IsOn("nightly"));
        var job = Assert.Single(await desk.Jobs.ListAsync(CancellationToken.None));
        Assert.False(job.TakeoverPending);
        if (waits)
        {
            Assert.Empty(await desk.RunsAsync());
            Assert.True(job.NextRun > Evening.AddHours(23));
        }
    }

    [Fact]
    public async Task When_the_original_is_switched_on_again_ours_is_off_and_stays_so_until_it_rests()
    {
        await File.WriteAllTextAsync(JobsFile, Nightly);
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = Assert.IsType<ImportOutcome.Imported>(await ImportAsync(desk, NightlySource)).Job;

        // Just before it is due, and nobody looks meanwhile.
        await File.WriteAllTextAsync(JobsFile, Nightly);
        Assert.True(await desk.NextCallAsync(Evening.AddHours(2)));

        Assert.Empty(await desk.RunsAsync());
        job = Assert.Single(await desk.Jobs.ListAsync(CancellationToken.None));
        Assert.Equal((false, null, Run.Scheduler), (job.Enabled, job.NextRun, job.ChangedBy));
        Assert.Contains(await desk.Get<AuditTrail>().ListAsync(0, 10, CancellationToken.None), entry => entry.What == "job switched off: its original is on again");

        var refused = Assert.IsType<SaveOutcome.Invalid>(await desk.Jobs.SetEnabledAsync(job.Id, enabled: true, "bob", CancellationToken.None));
        Assert.Contains(JobsFile, Assert.Single(refused.Problems).Sentence, StringComparison.Ordinal);
        Assert.IsType<SaveOutcome.Invalid>(await desk.Jobs.SaveAsync(job.Id, job.Version, JobDraft.From(job) with { Enabled = true }, "bob", CancellationToken.None));

        await desk.Get<JobOriginals>().SwitchOffAsync(NightlySource, CancellationToken.None);
        Assert.NotNull(Assert.IsType<SaveOutcome.Saved>(await desk.Jobs.SetEnabledAsync(job.Id, enabled: true, "bob", CancellationToken.None)).Job.NextRun);
    }

    [Fact]
    public async Task A_pending_job_that_is_deleted_leaves_its_original_on()
    {
        await File.WriteAllTextAsync(JobsFile, Nightly.Replace("21:00", "20:00", StringComparison.Ordinal));
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = Assert.IsType<ImportOutcome.Waiting>(await ImportAsync(desk, NightlySource)).Job;

        await desk.Jobs.DeleteAsync(job.Id, "bob", CancellationToken.None);
        _clock.SetUtcNow(Evening.AddMinutes(10));
        await desk.LookAsync();

        Assert.True(JobsConfig.Parse(await File.ReadAllTextAsync(JobsFile), JobsFile).IsOn("nightly"));
    }

    [Fact]
    public async Task An_edit_that_does_not_concern_the_schedule_forgets_no_answer()
    {
        await using var desk = await Desk.StartAsync(_folder, _clock);
        var job = await desk.AddAsync("21:00");
        var store = desk.Get<JobStore>();
        var read = (await store.FindRowAsync(job.Id, CancellationToken.None))!;
        _clock.SetUtcNow(Evening.AddHours(1));
        await desk.LookAsync();

        Assert.True(await store.TryUpdateAsync(read, read.With(JobDraft.From(job) with { Comment = "new" }, "bob", _clock.GetUtcNow()), "job changed", CancellationToken.None));

        Assert.Equal(Evening.AddHours(1), (await store.FindRowAsync(job.Id, CancellationToken.None))!.DecidedUntil);
    }

    private static Task<ImportOutcome> ImportAsync(Desk desk, JobSource source) => desk.Get<JobImports>().ImportAsync(source, "alice", CancellationToken.None);
}
