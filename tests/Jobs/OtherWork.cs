using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Restores;
using VzDump.Jobs.Audit;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Tests.Jobs;

/// <summary>Restores and checks are runs like backups.</summary>
public sealed class OtherWork : IDisposable
{
    private const string Archive = "/backup/dump/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_restore_waits_its_turn_and_is_told_as_a_run()
    {
        RestoreRequest? asked = null;
        await using var product = await Product.StartAsync(_folder, more: services => services.AddSingleton<RunRestore>((request, events, _) =>
        {
            asked = request;
            return Task.FromResult(Play(events, request.Target.Value, new TaskOutcome.Done(Archive, 1000, TimeSpan.FromSeconds(2))));
        }));
        var before = await product.StartRunAsync(100);
        var backup = await product.Stage.NextAsync();
        var request = new RestoreRequest { ArchivePath = Archive, Target = Product.Guest(101), Replace = true, ReplacedName = "web", StartAfter = true };
        var restore = await product.Runs.StartRestoreAsync(request, "alice", CancellationToken.None);

        Assert.Equal(RunState.Queued, (await product.FindAsync(restore)).State);
        Assert.Null(asked);
        backup.Succeed();
        await product.WaitForAsync(before, RunState.Succeeded);
        var run = await product.WaitForAsync(restore, RunState.Succeeded);

        Assert.Equal("web", asked!.ReplacedName);
        Assert.True(asked is { Replace: true, StartAfter: true, ArchivePath: Archive });
        Assert.Equal(RunTaskState.Done, Assert.Single(run.Tasks).State);
        Assert.Equal("alice", run.StartedBy);
        Assert.Equal(RetryRefusal, Assert.IsType<RetryOutcome.Refused>(await product.Runs.RetryAsync(restore, "alice", CancellationToken.None)).Reason);
    }

    [Fact]
    public async Task A_restore_that_is_stopped_is_cancelled_after_its_clean_up()
    {
        var (begun, cleaned) = (new TaskCompletionSource(), false);
        await using var product = await Product.StartAsync(_folder, more: services => services.AddSingleton<RunRestore>(async (request, _, cancellation) =>
        {
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            finally
            {
                cleaned = true;
            }

            throw new InvalidOperationException();
        }));
        var restore = await product.Runs.StartRestoreAsync(new RestoreRequest { ArchivePath = Archive, Target = Product.Guest(101) }, "alice", CancellationToken.None);
        await begun.Task;
        Assert.True(await product.Runs.StopAsync(restore, StopKind.Now, "bob", CancellationToken.None));
        Assert.Equal("bob", (await product.WaitForAsync(restore, RunState.Cancelled)).CancelledBy);
        Assert.True(cleaned);
    }

    [Fact]
    public async Task The_last_check_of_an_archive_is_what_is_known_of_it()
    {
        var outcomes = new Queue<TaskOutcome>([new TaskOutcome.Done(Archive, 1000, TimeSpan.FromSeconds(2)), new TaskOutcome.Failed("The file is not as it was written.", TimeSpan.Zero)]);
        await using var product = await Product.StartAsync(_folder, more: services => services.AddSingleton<RunVerify>((_, guest, events, _) => Task.FromResult(Play(events, guest.Value, outcomes.Dequeue()))));
        Assert.Empty(await product.Get<ArchiveChecks>().ListAsync(CancellationToken.None));

        await product.WaitForAsync(await product.Runs.StartVerifyAsync(Archive, Product.Guest(101), "alice", CancellationToken.None), RunState.Succeeded);
        Assert.True((await product.Get<ArchiveChecks>().ListAsync(CancellationToken.None))[Archive].IsSound);

        var second = await product.Runs.StartVerifyAsync(Archive, Product.Guest(101), "alice", CancellationToken.None);
        await product.WaitForAsync(second, RunState.Failed);
        var known = (await product.Get<ArchiveChecks>().ListAsync(CancellationToken.None))[Archive];
        Assert.Equal((second, "The file is not as it was written."), (known.Run, known.Problem));
    }

    [Fact]
    public async Task What_a_restore_test_has_seen_is_kept_with_its_run_and_known_of_the_guest()
    {
        var evidence = new TrialEvidence(TrialSign.AgentAnswers, "The guest agent answered.", 1000, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9), TimeSpan.Zero);
        await using var product = await Product.StartAsync(_folder, more: services => services.AddSingleton<RunTrial>((request, guest, events, _) =>
        {
            var done = new TaskOutcome.Done(request.ArchivePath, 500, TimeSpan.FromSeconds(12));
            var told = Play(events, guest.Value, done);
            return Task.FromResult(told with { Tasks = [new TaskResult(guest, done) { Evidence = evidence }] });
        }));

        var id = await product.Runs.StartTrialAsync(new TrialRequest { ArchivePath = Archive }, Product.Guest(101), "alice", CancellationToken.None);
        var run = await product.WaitForAsync(id, RunState.Succeeded);

        Assert.Equal(evidence, Assert.IsType<RunWork.Trial>(run.Work).Evidence);
        var proof = (await product.Get<RestoreProofs>().ListAsync(CancellationToken.None))[Product.Guest(101)];
        Assert.Equal((id, Archive, evidence, true), (proof.Last.Run, proof.Last.ArchivePath, proof.Last.Evidence, proof.Last.IsProven));
        Assert.Contains(await product.Get<AuditTrail>().ListAsync(0, 10, CancellationToken.None), entry => entry is { Who: "alice", What: "restore test started", Subject: Archive });
    }

    [Fact]
    public async Task A_backup_whose_notes_look_like_a_check_is_none()
    {
        await using var product = await Product.StartAsync(_folder);
        var job = Product.Job(101) with { Settings = new BackupSettings { NotesTemplate = "\"verify\":\"/x\"" } };
        var run = await product.Runs.StartAsync(job, "alice", CancellationToken.None);
        (await product.Stage.NextAsync()).Succeed();
        await product.WaitForAsync(run, RunState.Succeeded);
        Assert.Empty(await product.Get<RunStore>().ListVerifiedAsync(CancellationToken.None));
        Assert.True((await product.FindAsync(run)).IsBackup);
    }

    [Fact]
    public void Everything_about_a_restore_is_kept()
    {
        var request = new RestoreRequest
        {
            ArchivePath = Archive,
            Target = Product.Guest(105),
            Replace = true,
            ReplacedName = "web",
            Storage = "local",
            StorageOf = new Dictionary<string, string> { ["scsi0"] = "fast" },
            Unique = true,
            DiskForm = VolumeForm.Qcow2Image,
            StartAfter = true,
            BandwidthLimit = BandwidthLimit.FromKiB(7),
            Unprivileged = false,
            Name = "web-2",
            Memory = 512,
            Cores = 3,
        };
        var text = JobJson.Write(Product.Job(105), new RunWork.Restore(request));
        var read = Assert.IsType<RunWork.Restore>(JobJson.ReadWork(text)).Request;
        Assert.Equivalent(request, read, strict: true);
        Assert.Equal(Product.Guest(105), read.Target);
        Assert.IsType<RunWork.Backup>(JobJson.ReadWork(JobJson.Write(Product.Job(105))));
    }

    private const string RetryRefusal = "Only backups can be repeated so. Start the restore or the check again from its archive.";

    private static RunResult Play(IProgress<BackupEvent> events, int guest, TaskOutcome outcome)
    {
        var (id, at) = (Product.Guest(guest), new DateTimeOffset(2026, 8, 22, 3, 0, 7, TimeSpan.Zero));
        events.Report(new BackupEvent.TasksPlanned([new PlannedTask(id, null, "web")]));
        events.Report(new BackupEvent.TaskStarted(id, at));
        events.Report(new BackupEvent.TaskFinished(id, at, outcome));
        return new RunResult([new TaskResult(id, outcome)], (outcome as TaskOutcome.Failed)?.Reason);
    }
}
