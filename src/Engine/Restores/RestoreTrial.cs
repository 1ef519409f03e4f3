using System.Globalization;
using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;

namespace VzDump.Engine.Restores;

/// <summary>
/// Shows that a guest comes back from an archive: restores it beside the guest, with another VMID and no network, starts it where this host can,
/// watches it, and removes all of it again. The engine's fourth door.
/// </summary>
public sealed class RestoreTrial
{
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromMinutes(15);
    private readonly RestoreRuntime _runtime;
    private readonly TrialPlanner _planner;
    private readonly IEnumerable<IGuestTrial> _trials;

    internal RestoreTrial(RestoreRuntime runtime, TrialPlanner planner, IEnumerable<IGuestTrial> trials) => (_runtime, _planner, _trials) = (runtime, planner, trials);

    /// <param name="guest">Whose archive it is; events are told of him.</param>
    /// <returns>Failed when the guest did not come back, or not all that was made could be removed; a cancellation is thrown after the clean-up.</returns>
    public async Task<RunResult> RunAsync(TrialRequest request, GuestId guest, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        var began = _runtime.Time.GetTimestamp();
        var name = Path.GetFileName(request.ArchivePath);
        events.Report(new BackupEvent.TasksPlanned([new PlannedTask(guest, ArchiveName.IsArchive(name) ? ArchiveName.KindOf(name) : null, name)]));
        events.Report(new BackupEvent.TaskStarted(guest, _runtime.Time.GetLocalNow()));
        await using var log = new TaskLog(guest, events, _runtime.SystemLog, _runtime.Time);
        var (outcome, evidence) = await TryAsync(request, guest, log, events, cancellation);
        var took = _runtime.Time.GetElapsedTime(began);
        outcome = outcome switch
        {
            TaskOutcome.Done done => done with { Took = took },
            TaskOutcome.Failed failed => failed with { Took = took },
            _ => new TaskOutcome.Cancelled(took),
        };
        switch (outcome)
        {
            case TaskOutcome.Done:
                log.Important(LogLevel.Info, $"Finished restore test of VM {guest} ({VzdumpFormat.Time(took)})");
                break;
            case TaskOutcome.Failed failed:
                log.Important(LogLevel.Error, $"Restore test of VM {guest} failed - {failed.Reason}");
                break;
            default:
                log.Important(LogLevel.Error, $"Restore test of VM {guest} failed - interrupted: it was stopped");
                break;
        }

        events.Report(new BackupEvent.TaskFinished(guest, _runtime.Time.GetLocalNow(), outcome));
        if (outcome is TaskOutcome.Cancelled)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        return new RunResult([new TaskResult(guest, outcome) { Evidence = evidence }], (outcome as TaskOutcome.Failed)?.Reason);
    }

    private async Task<(TaskOutcome, TrialEvidence?)> TryAsync(TrialRequest request, GuestId guest, TaskLog log, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        GuestId? target = null;
        try
        {
            log.Open(Path.Combine(_runtime.Paths.LogFolder, $"restore-test-{guest}.log"));
            log.Important(LogLevel.Info, $"Starting restore test of VM {guest}");
            log.Info($"archive '{request.ArchivePath}'");
            foreach (var said in await _runtime.Recovery.RecoverAsync(cancellation))
            {
                log.Info(said);
            }

            var (plan, whyNot) = await _planner.PlanAsync(request, guest, log, cancellation);
            if (!_runtime.Busy.TryAdd(plan.Request.Target))
            {
                return (new TaskOutcome.Failed($"The VMID {plan.Request.Target} is being restored to just now. Try again.", default), null);
            }

            target = plan.Request.Target;
            return await ProveAsync(request.Start ? whyNot : "It was not to be started.", plan, guest, log, events, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (new TaskOutcome.Cancelled(default), null);
        }
        catch (Exception error)
        {
            return (Failed(error, guest), null);
        }
        finally
        {
            if (target is { } busy)
            {
                _runtime.Busy.Remove(busy);
            }
        }
    }

    private async Task<(TaskOutcome, TrialEvidence?)> ProveAsync(string? whyNot, RestorePlan plan, GuestId guest, TaskLog log, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        var restorer = _runtime.Restorers.First(one => one.Kind == plan.Kind);
        var steps = new RestoreSteps(plan, guest, restorer, log, events, _runtime);
        TrialEvidence? evidence = null;
        TaskOutcome outcome;
        try
        {
            var began = _runtime.Time.GetTimestamp();
            await new TrialSpace(plan, _runtime.Time).GuardAsync(steps.RestoreAsync, cancellation);
            var took = _runtime.Time.GetElapsedTime(began);
            evidence = new TrialEvidence(TrialSign.Restored, "All of its data was restored.", steps.RestoredBytes, took, BootTook: null, Watched: default);
            log.Info($"restored {VzdumpFormat.Amount(steps.RestoredBytes)} ({steps.RestoredBytes} bytes) in {Seconds(took)}");
            evidence = await BootAsync(whyNot, plan, evidence, log, cancellation);
            outcome = new TaskOutcome.Done(plan.Request.ArchivePath, new FileInfo(plan.Request.ArchivePath).Length, default);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            outcome = new TaskOutcome.Cancelled(default);
        }
        catch (Exception error)
        {
            outcome = Failed(error, guest);
        }

        // The cancellation of the trial must not cancel its removal.
        using var limit = new CancellationTokenSource(CleanUpLimit, _runtime.Time);
        return (await RemoveAsync(steps, outcome, log, limit.Token), evidence);
    }

    private async Task<TrialEvidence> BootAsync(string? whyNot, RestorePlan plan, TrialEvidence evidence, TaskLog log, CancellationToken cancellation)
    {
        var trial = _trials.First(one => one.Kind == plan.Kind);
        var reserved = _runtime.Restorers.First(one => one.Kind == plan.Kind).ReservationOf(plan);
        var guest = new Guest { Id = plan.Request.Target, Kind = plan.Kind, Name = reserved?.Name ?? plan.Name, ConfigPath = plan.ConfigPath, LxcPath = reserved?.Folder };
        if ((whyNot ?? await trial.WhyNotAsync(guest, cancellation)) is { } reason)
        {
            log.Warn($"the restored guest is not started: {reason}");
            return evidence with { Sentence = $"All of its data was restored. Whether it starts is not known: {reason}" };
        }

        log.Info("starting the restored guest, without network");
        var seen = await trial.BootAsync(guest, log, cancellation);
        log.Info(string.Create(CultureInfo.InvariantCulture, $"up after {Seconds(seen.Took)}: {seen.Sentence}"));
        return evidence with { Shown = seen.Sign, Sentence = seen.Sentence, BootTook = seen.Took, Watched = seen.Watched };
    }

    private async Task<TaskOutcome> RemoveAsync(RestoreSteps steps, TaskOutcome outcome, TaskLog log, CancellationToken limit)
    {
        if (steps.Note is not { } note)
        {
            return outcome;
        }

        try
        {
            foreach (var said in await _runtime.Recovery.EndAsync(note, limit))
            {
                log.Info(said);
            }
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            log.Error($"removing the tested guest failed: {error.Message}");
        }

        if (!_runtime.Unfinished.List().Contains(GuestId.Parse($"{note.Guest}")))
        {
            log.Info("nothing of the tested guest is left");
            return outcome;
        }

        const string Left = "Not all that the test made could be removed; the log says what stays. It is tried again at the next test and the next start of the program.";
        return outcome is TaskOutcome.Failed failed ? failed with { Reason = $"{failed.Reason} {Left}" } : outcome is TaskOutcome.Done ? new TaskOutcome.Failed(Left, default) : outcome;
    }

    private TaskOutcome.Failed Failed(Exception error, GuestId guest)
    {
        if (FailureReason.IsUnexpected(error))
        {
            _runtime.Logger.RestoreFault(error, guest.Value);
        }

        return new TaskOutcome.Failed(RestoreSteps.SentenceOf(error), default);
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
