using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Hooks;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>One execution of a job, in vzdump's order: job-init, storage, node lock, job-start, each guest, job-end.</summary>
internal sealed class BackupRun(BackupJob job, IProgress<BackupEvent> events, BackupRuntime runtime)
{
    private readonly List<TaskResult> _results = [];
    private IReadOnlyList<(GuestId Id, Guest? Guest)> _tasks = [];
    private HookScript? _hook;
    private HookRun _hookRun = new(null, null);
    private bool _started;

    public async Task<RunResult> RunAsync(CancellationToken cancellation)
    {
        TellAll(LogLevel.Info, $"starting new backup job: {BackupCommandLine.Of(job)}");
        try
        {
            await PlanAsync(cancellation);
            var options = BackupOptions.From(job.Settings, await runtime.Defaults.ReadAsync(cancellation), Environment.ProcessorCount);
            var storage = await BeginAsync(options, cancellation);
            using var held = await NodeLock.TakeAsync(runtime.Paths.NodeLock, options.LockWait, () => TellAll(LogLevel.Info, "trying to get global lock - waiting..."), runtime.Time, cancellation);
            // Something may have stayed undone since the start; no task of ours is at work now.
            foreach (var said in await runtime.Recovery.RecoverAsync(cancellation))
            {
                Tell(LogLevel.Warn, said);
            }

            _started = true;
            await HookAsync(HookPhase.JobStart, cancellation);
            await RunTasksAsync(new RunContext(options, storage, _hook!, _hookRun), cancellation);
            await HookAsync(HookPhase.JobEnd, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            EndWaitingTasks(new TaskOutcome.Cancelled(TimeSpan.Zero));
            TellAll(LogLevel.Error, "Backup job failed - interrupted: the run was stopped");
            await AbortAsync();
            throw;
        }
        catch (Exception error) when (!FailureReason.IsUnexpected(error))
        {
            EndWaitingTasks(new TaskOutcome.Failed(error.Message, TimeSpan.Zero));
            TellAll(LogLevel.Error, $"Backup job failed - {error.Message}");
            await AbortAsync();
            return new RunResult(_results, error.Message);
        }

        var failed = _results.Exists(result => result.Outcome is not TaskOutcome.Done);
        TellAll(failed ? LogLevel.Error : LogLevel.Info, failed ? "Backup job finished with errors" : "Backup job finished successfully");
        return new RunResult(_results, failed ? "job errors" : null);
    }

    private async Task PlanAsync(CancellationToken cancellation)
    {
        var listing = await runtime.Inventory.ListAsync(cancellation);
        foreach (var problem in listing.Problems)
        {
            Tell(LogLevel.Warn, problem);
        }

        var guests = listing.Guests.Select(state => state.Guest).ToList();
        _tasks = job.Selection switch
        {
            GuestSelection.All all => [.. guests.Where(guest => !all.Except.Contains(guest.Id)).Select(guest => (guest.Id, (Guest?)guest))],
            GuestSelection.Ids ids => [.. ids.Guests.Distinct().Order().Select(id => (id, guests.Find(guest => guest.Id == id)))],
            _ => throw new InvalidOperationException(),
        };
        events.Report(new BackupEvent.TasksPlanned([.. _tasks.Select(task => new PlannedTask(task.Id, task.Guest?.Kind, task.Guest?.Name ?? $"VM {task.Id}"))]));
    }

    private async Task<BackupStorage> BeginAsync(BackupOptions options, CancellationToken cancellation)
    {
        options.Check();
        _hook = new HookScript(runtime.Programs, options.Script);
        _hook.Check();
        _hookRun = new HookRun(options.Storage, options.DumpFolder);
        await HookAsync(HookPhase.JobInit, cancellation);
        runtime.Compressor.Check(options.Compression);
        if (options.TemporaryFolder is { } temporary && !Directory.Exists(temporary))
        {
            throw new ProblemException($"tmpdir '{temporary}' does not exist");
        }

        var storage = options.Storage is { } name
            ? BackupStorage.Activate((await StorageConfig.ReadAsync(runtime.Paths.StorageConfig, cancellation)).Find(name))
            : BackupStorage.OfFolder(options.DumpFolder!);
        _hookRun = new HookRun(storage.Name, storage.Folder);
        return storage;
    }

    private async Task RunTasksAsync(RunContext context, CancellationToken cancellation)
    {
        foreach (var (id, guest) in _tasks)
        {
            cancellation.ThrowIfCancellationRequested();
            events.Report(new BackupEvent.TaskStarted(id, runtime.Time.GetLocalNow()));
            End(id, guest is null ? Unknown(id) : await new BackupTask(guest, context, events, runtime).RunAsync(cancellation));
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private TaskOutcome.Failed Unknown(GuestId id)
    {
        var reason = $"unable to find VM '{id}': this node has no guest with that VMID";
        events.Report(new BackupEvent.Logged(id, runtime.Time.GetLocalNow(), LogLevel.Error, $"Backup of VM {id} failed - {reason}"));
        return new TaskOutcome.Failed(reason, TimeSpan.Zero);
    }

    private void EndWaitingTasks(TaskOutcome outcome)
    {
        foreach (var (id, _) in _tasks.Skip(_results.Count))
        {
            End(id, outcome);
        }
    }

    private void End(GuestId id, TaskOutcome outcome)
    {
        _results.Add(new TaskResult(id, outcome));
        events.Report(new BackupEvent.TaskFinished(id, runtime.Time.GetLocalNow(), outcome));
    }

    // As vzdump does: what fails before job-start (job-init, the storage, the node lock) has no job to abort.
    private async Task AbortAsync()
    {
        if (!_started)
        {
            return;
        }

        using var limit = new CancellationTokenSource(runtime.GuestReturn.CleanUpLimit, runtime.Time);
        try
        {
            await HookAsync(HookPhase.JobAbort, limit.Token);
        }
        catch (Exception error)
        {
            Tell(LogLevel.Warn, $"the hook script failed: {error.Message}");
        }
    }

    private Task HookAsync(HookPhase phase, CancellationToken cancellation) =>
        _hook?.RunAsync(phase, _hookRun, null, line => Tell(LogLevel.Info, line), cancellation) ?? Task.CompletedTask;

    // Lines that the host's administrator should find in the system log too.
    private void TellAll(LogLevel level, string text)
    {
        Tell(level, text);
        runtime.SystemLog.Write(level.Severity, $"{level.VzdumpName}: {text}");
    }

    private void Tell(LogLevel level, string text) => events.Report(new BackupEvent.Logged(null, runtime.Time.GetLocalNow(), level, text));
}
