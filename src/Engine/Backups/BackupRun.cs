using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Hooks;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>One execution of a job, in vzdump's order: job-init, storage, node lock, job-start, each guest, job-end.</summary>
internal sealed class BackupRun(BackupJob job, RunTerms terms, IProgress<BackupEvent> events, BackupRuntime runtime)
{
    private readonly List<TaskResult> _results = [];
    private IReadOnlyList<(GuestId Id, Guest? Guest)> _tasks = [];
    private HookScript? _hook;
    private HookRun _hookRun = new(null, null);

    public async Task<RunResult> RunAsync(CancellationToken cancellation)
    {
        TellAll(LogLevel.Info, $"starting new backup job: {BackupCommandLine.Of(job)}");
        try
        {
            var options = BackupOptions.From(job, await runtime.Defaults.ReadAsync(warning => Tell(LogLevel.Warn, warning), cancellation), Environment.ProcessorCount);
            if (options.Node is { } node && node != NodePaths.NodeName)
            {
                // As in vzdump, that is no failure: on its own node the same job does the work.
                TellAll(LogLevel.Info, $"this job is for node '{node}', this is '{NodePaths.NodeName}': nothing to do");
                return new RunResult([], null);
            }

            await PlanAsync(options.Stdout, cancellation);
            var storage = await BeginAsync(options, cancellation);
            await using var held = await NodeLock.TakeAsync(
                runtime.Paths.NodeLock,
                options.LockWait,
                () => TellAll(LogLevel.Info, "trying to get global lock - waiting..."),
                () => TellAll(LogLevel.Info, "got global lock"),
                runtime.Programs,
                runtime.Time,
                cancellation);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, held.Stopped);
            await WorkAsync(options, storage, either.Token);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            TellAll(LogLevel.Error, "Backup job failed - interrupted: the run was stopped");
            throw;
        }
        catch (OperationCanceledException)
        {
            // vzdump's words for the signal that its option stop sends
            EndWaitingTasks(new TaskOutcome.Cancelled(TimeSpan.Zero));
            return Failed("interrupted by signal: another backup of this node asked this one to end");
        }
        catch (Exception error) when (!FailureReason.IsUnexpected(error))
        {
            return Failed(error.Message);
        }
        finally
        {
            EndWaitingTasks(new TaskOutcome.Cancelled(TimeSpan.Zero)); // none waits any more after a run that came to its end
        }

        var failed = _results.Exists(result => result.Outcome is not TaskOutcome.Done);
        TellAll(failed ? LogLevel.Error : LogLevel.Info, failed ? "Backup job finished with errors" : "Backup job finished successfully");
        return new RunResult(_results, failed ? RunResult.JobErrors : null);
    }

    private RunResult Failed(string error)
    {
        EndWaitingTasks(new TaskOutcome.Failed(error, TimeSpan.Zero));
        foreach (var line in error.Split('\n'))
        {
            TellAll(LogLevel.Error, $"Backup job failed - {line}");
        }

        return new RunResult(_results, error);
    }

    private async Task WorkAsync(BackupOptions options, BackupStorage storage, CancellationToken cancellation)
    {
        // Something may have stayed undone since the start; no task of ours is at work now.
        foreach (var said in await runtime.Recovery.RecoverAsync(cancellation))
        {
            Tell(LogLevel.Warn, said);
        }

        try
        {
            await HookAsync(HookPhase.JobStart, cancellation);
            await RunTasksAsync(new RunContext(options, storage, _hook!, _hookRun, terms.Output) { IsPrivileged = terms.IsPrivileged }, cancellation);
            await HookAsync(HookPhase.JobEnd, cancellation);
        }
        catch (Exception)
        {
            await AbortAsync();
            throw;
        }
    }

    private async Task PlanAsync(bool toStdout, CancellationToken cancellation)
    {
        var plan = await runtime.Planner.PlanAsync(job, terms, cancellation);
        foreach (var problem in plan.Problems)
        {
            Tell(LogLevel.Warn, problem);
        }

        if (plan.Elsewhere.Count > 0)
        {
            Tell(LogLevel.Info, $"skip external VMs: {string.Join(", ", plan.Elsewhere)}");
        }

        _tasks = plan.Tasks;
        if (toStdout && terms.Output is null)
        {
            throw new ProblemException("'stdout' needs somebody who takes the archive: ask for it as a download, or leave the option out.");
        }

        if (terms.Output is not null && _tasks.Count != 1)
        {
            throw new ProblemException($"Only the archive of one guest can go to a stream (stdout), and this job means {_tasks.Count}.");
        }

        events.Report(new BackupEvent.TasksPlanned([.. _tasks.Select(task => new PlannedTask(task.Id, task.Guest?.Kind, task.Guest?.Name ?? $"VM {task.Id}"))]));
    }

    // As vzdump does, all that is wrong is told at once, not one thing after each new try.
    private async Task<BackupStorage> BeginAsync(BackupOptions options, CancellationToken cancellation)
    {
        options.Check();
        _hook = new HookScript(runtime.Programs, options.Script);
        _hook.Check();
        _hookRun = new HookRun(options.Storage, options.DumpFolder);
        var problems = new List<string>();
        await CollectAsync(() => HookAsync(HookPhase.JobInit, cancellation));
        await CollectAsync(() =>
        {
            runtime.Compressor.Check(options.Compression);
            return Task.CompletedTask;
        });
        if (options.TemporaryFolder is { } temporary && !Directory.Exists(temporary))
        {
            problems.Add($"tmpdir '{temporary}' does not exist");
        }

        BackupStorage? storage = null;
        await CollectAsync(async () => storage = options.Storage is { } name
            ? await runtime.Storages.ActivateAsync((await StorageConfig.ReadAsync(runtime.Paths.StorageConfig, cancellation)).Find(name), cancellation)
            : await runtime.Storages.ActivateFolderAsync(options.DumpFolder!, cancellation));
        if (storage is null || problems.Count > 0)
        {
            throw new ProblemException(string.Join('\n', problems));
        }

        _hookRun = new HookRun(storage.Name, storage.Folder);
        return storage;

        async Task CollectAsync(Func<Task> check)
        {
            try
            {
                await check();
            }
            catch (ProblemException problem)
            {
                problems.Add(problem.Message);
            }
        }
    }

    private async Task RunTasksAsync(RunContext context, CancellationToken cancellation)
    {
        foreach (var (id, guest) in _tasks)
        {
            cancellation.ThrowIfCancellationRequested();

            // What is logged meanwhile, by whomever, says for which guest.
            using var scope = runtime.Logger.BeginScope(new Dictionary<string, object>(StringComparer.Ordinal) { ["Guest"] = id.Value });
            events.Report(new BackupEvent.TaskStarted(id, runtime.Time.GetLocalNow()));
            End(id, guest is null ? Unknown(id) : await new BackupTask(guest, context, events, runtime).RunAsync(cancellation));
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private TaskOutcome.Failed Unknown(GuestId id)
    {
        var reason = $"unable to find VM '{id}': this node has no guest with that VMID";
        runtime.SystemLog.Write(SystemLogSeverity.Error, $"ERROR: Backup of VM {id} failed - {reason}");
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

    // What fails before job-start (job-init, the storage, the node lock) has no job to abort, as in vzdump.
    private async Task AbortAsync()
    {
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
