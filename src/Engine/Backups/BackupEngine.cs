using Microsoft.Extensions.Logging;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Hooks;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>Runs backups on this node. The engine's door.</summary>
public sealed class BackupEngine
{
    private readonly NodePaths _paths;
    private readonly GuestInventory _inventory;
    private readonly BackupDefaults _defaults;
    private readonly HostPrograms _programs;
    private readonly Compressor _compressor;
    private readonly ArchiveWriting _writing;
    private readonly UnfinishedTasks _unfinished;
    private readonly BackupRecovery _recovery;
    private readonly TimeProvider _time;
    private readonly ILogger<BackupEngine> _logger;

    internal BackupEngine(
        NodePaths paths,
        GuestInventory inventory,
        BackupDefaults defaults,
        HostPrograms programs,
        Compressor compressor,
        ArchiveWriting writing,
        UnfinishedTasks unfinished,
        BackupRecovery recovery,
        TimeProvider time,
        ILogger<BackupEngine> logger)
    {
        _paths = paths;
        _inventory = inventory;
        _defaults = defaults;
        _programs = programs;
        _compressor = compressor;
        _writing = writing;
        _unfinished = unfinished;
        _recovery = recovery;
        _time = time;
        _logger = logger;
    }

    /// <summary>Puts right what a killed program left: guests stopped or locked, half archives. To be called once, before the first run.</summary>
    /// <returns>Sentences about what was found and done.</returns>
    public Task<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellation) => _recovery.RecoverAsync(cancellation);

    /// <summary>Backs up each guest of the job in turn. A guest's failure is a value in the result; only a cancellation is thrown, after the clean-up.</summary>
    public async Task<RunResult> RunAsync(BackupJob job, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        Tell(events, LogLevel.Info, $"starting new backup job: {BackupCommandLine.Of(job)}");
        var tasks = await PlanAsync(job.Selection, cancellation);
        events.Report(new BackupEvent.TasksPlanned([.. tasks.Select(task => new PlannedTask(task.Id, task.Guest?.Kind, task.Guest?.Name ?? $"VM {task.Id}"))]));
        var results = new List<TaskResult>();
        HookScript? hook = null;
        var hookRun = new HookRun(null, null);
        try
        {
            var options = BackupOptions.From(job.Settings, await _defaults.ReadAsync(cancellation), Environment.ProcessorCount);
            hook = new HookScript(_programs, options.Script);
            hook.Check();
            hookRun = new HookRun(options.Storage, options.DumpFolder);
            await hook.RunAsync(HookPhase.JobInit, hookRun, null, Line, cancellation);
            var storage = await ActivateAsync(options, cancellation);
            hookRun = new HookRun(storage.Name, storage.Folder);
            using var held = await NodeLock.TakeAsync(_paths.NodeLock, options.LockWait, () => Tell(events, LogLevel.Info, "trying to get global lock - waiting..."), _time, cancellation);
            // Something may have stayed undone since the start; no task of ours is at work now.
            foreach (var said in await _recovery.RecoverAsync(cancellation))
            {
                Tell(events, LogLevel.Warn, said);
            }

            await hook.RunAsync(HookPhase.JobStart, hookRun, null, Line, cancellation);
            await RunTasksAsync(tasks, new RunContext(options, storage, hook, hookRun), results, events, cancellation);
            await hook.RunAsync(HookPhase.JobEnd, hookRun, null, Line, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            EndWith(new TaskOutcome.Cancelled(TimeSpan.Zero));
            Tell(events, LogLevel.Error, "Backup job was stopped");
            await AbortAsync();
            throw;
        }
        catch (Exception error) when (!FailureReason.IsUnexpected(error))
        {
            EndWith(new TaskOutcome.Failed(error.Message, TimeSpan.Zero));
            Tell(events, LogLevel.Error, $"Backup job failed - {error.Message}");
            await AbortAsync();
            return new RunResult(results, error.Message);
        }

        var failed = results.Any(result => result.Outcome is not TaskOutcome.Done);
        Tell(events, failed ? LogLevel.Error : LogLevel.Info, failed ? "Backup job finished with errors" : "Backup job finished successfully");
        return new RunResult(results, failed ? "job errors" : null);

        void Line(string line) => Tell(events, LogLevel.Info, line);

        void EndWith(TaskOutcome outcome)
        {
            foreach (var task in tasks.Skip(results.Count).ToList())
            {
                results.Add(new TaskResult(task.Id, outcome));
                events.Report(new BackupEvent.TaskFinished(task.Id, _time.GetLocalNow(), outcome));
            }
        }

        async Task AbortAsync()
        {
            using var limit = new CancellationTokenSource(_paths.CleanUpLimit, _time);
            try
            {
                await (hook?.RunAsync(HookPhase.JobAbort, hookRun, null, Line, limit.Token) ?? Task.CompletedTask);
            }
            catch (Exception error)
            {
                Tell(events, LogLevel.Warn, $"the hook script failed: {error.Message}");
            }
        }
    }

    private async Task<IReadOnlyList<(GuestId Id, Guest? Guest)>> PlanAsync(GuestSelection selection, CancellationToken cancellation)
    {
        var guests = (await _inventory.ListAsync(cancellation)).Guests.Select(state => state.Guest).ToList();
        return selection switch
        {
            GuestSelection.All all => [.. guests.Where(guest => !all.Except.Contains(guest.Id)).Select(guest => (guest.Id, (Guest?)guest))],
            GuestSelection.Ids ids => [.. ids.Guests.Distinct().Order().Select(id => (id, guests.FirstOrDefault(guest => guest.Id == id)))],
            _ => throw new InvalidOperationException(),
        };
    }

    private async Task<BackupStorage> ActivateAsync(BackupOptions options, CancellationToken cancellation)
    {
        _compressor.Check(options.Compression);
        if (options.TemporaryFolder is { } temporary && !Directory.Exists(temporary))
        {
            throw new ProblemException($"tmpdir '{temporary}' does not exist");
        }

        return options.Storage is { } name
            ? BackupStorage.Activate((await StorageConfig.ReadAsync(_paths.StorageConfig, cancellation)).Find(name))
            : BackupStorage.OfFolder(options.DumpFolder!);
    }

    private async Task RunTasksAsync(IReadOnlyList<(GuestId Id, Guest? Guest)> tasks, RunContext run, List<TaskResult> results, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        foreach (var (id, guest) in tasks)
        {
            cancellation.ThrowIfCancellationRequested();
            events.Report(new BackupEvent.TaskStarted(id, _time.GetLocalNow()));
            var outcome = guest is null ? Unknown(id, events) : await new BackupTask(guest, _inventory.DriverOf(guest.Kind), run, _writing, _unfinished, _paths, events, _time, _logger).RunAsync(cancellation);
            results.Add(new TaskResult(id, outcome));
            events.Report(new BackupEvent.TaskFinished(id, _time.GetLocalNow(), outcome));
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private TaskOutcome.Failed Unknown(GuestId id, IProgress<BackupEvent> events)
    {
        var reason = $"unable to find VM '{id}': this node has no guest with that VMID";
        events.Report(new BackupEvent.Logged(id, _time.GetLocalNow(), LogLevel.Error, $"Backup of VM {id} failed - {reason}"));
        return new TaskOutcome.Failed(reason, TimeSpan.Zero);
    }

    private void Tell(IProgress<BackupEvent> events, LogLevel level, string text) => events.Report(new BackupEvent.Logged(null, _time.GetLocalNow(), level, text));
}
