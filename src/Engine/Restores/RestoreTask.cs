using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>One restore, from its first log line to the last step of its clean-up.</summary>
internal sealed class RestoreTask(RestorePlan plan, IGuestRestorer restorer, IProgress<BackupEvent> events, RestoreRuntime runtime)
{
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromMinutes(15);
    private readonly TaskLog _log = new(plan.Request.Target, events, runtime.SystemLog, runtime.Time);
    private RestoreSteps? _steps;

    private GuestId Target => plan.Request.Target;

    private IGuestDriver Driver => runtime.Inventory.DriverOf(plan.Kind);

    public async Task<TaskOutcome> RunAsync(CancellationToken cancellation)
    {
        var began = runtime.Time.GetTimestamp();
        events.Report(new BackupEvent.TasksPlanned([new PlannedTask(Target, plan.Kind, plan.Name)]));
        events.Report(new BackupEvent.TaskStarted(Target, runtime.Time.GetLocalNow()));
        var outcome = await RestoreAsync(cancellation);
        using (var limit = new CancellationTokenSource(CleanUpLimit, runtime.Time))
        {
            await CleanUpAsync(limit.Token);
        }

        var took = runtime.Time.GetElapsedTime(began);
        outcome = outcome switch
        {
            TaskOutcome.Done done => done with { Took = took },
            TaskOutcome.Failed failed => failed with { Took = took },
            _ => new TaskOutcome.Cancelled(took),
        };
        if (outcome is TaskOutcome.Done)
        {
            _log.Important(LogLevel.Info, $"Finished Restore of VM {Target} ({VzdumpFormat.Time(took)})");
        }
        else
        {
            _log.Important(LogLevel.Error, $"Restore of VM {Target} failed - {(outcome is TaskOutcome.Failed failed ? failed.Reason : "interrupted: the restore was stopped")}");
        }

        events.Report(new BackupEvent.TaskFinished(Target, runtime.Time.GetLocalNow(), outcome));
        await _log.DisposeAsync();
        return outcome;
    }

    private async Task<TaskOutcome> RestoreAsync(CancellationToken cancellation)
    {
        try
        {
            _log.Open(Path.Combine(runtime.Paths.LogFolder, $"restore-{plan.Kind.VzdumpName}-{Target}.log"));
            _log.Important(LogLevel.Info, $"Starting Restore of VM {Target} ({plan.Kind.VzdumpName})");
            _log.Info($"archive '{plan.Request.ArchivePath}'");
            foreach (var warning in plan.Warnings)
            {
                _log.Warn(warning);
            }

            _steps = new RestoreSteps(plan, Target, restorer, _log, events, runtime);
            await _steps.RestoreAsync(cancellation);
            if (plan.Request.StartAfter)
            {
                await StartAsync(cancellation);
            }

            return new TaskOutcome.Done(plan.Request.ArchivePath, new FileInfo(plan.Request.ArchivePath).Length, default);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new TaskOutcome.Cancelled(default);
        }
        catch (Exception error)
        {
            if (FailureReason.IsUnexpected(error))
            {
                runtime.Logger.RestoreFault(error, Target.Value);
            }

            return new TaskOutcome.Failed(RestoreSteps.SentenceOf(error), default);
        }
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        var guest = (await runtime.Inventory.ListAsync(cancellation)).Guests.FirstOrDefault(state => state.Guest.Id == Target)?.Guest
            ?? throw new ProblemException("The guest is restored but is not listed.");
        _log.Info("starting guest");
        try
        {
            await Driver.StartAsync(guest, cancellation);
        }
        catch (ProblemException problem)
        {
            throw new ProblemException($"The guest is restored, but could not be started. {problem.Message}", problem);
        }
    }

    // Ends or undoes, as the configuration says: the same that the next start does after a kill.
    private async Task CleanUpAsync(CancellationToken limit)
    {
        if (_steps?.Note is { } note)
        {
            foreach (var said in await runtime.Recovery.EndAsync(note, limit))
            {
                _log.Info(said);
            }
        }
    }
}
