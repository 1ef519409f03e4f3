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
    private UnfinishedRestore? _note;

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

            await MakeVolumesAsync(cancellation);
            await FillAsync(cancellation);
            await CommitAsync(cancellation);
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

            return new TaskOutcome.Failed(error is IOException { HResult: LinuxCalls.NoSpaceLeft } ? "The storage of the new volumes is full. Choose another one, or make room." : error.Message, default);
        }
    }

    private async Task MakeVolumesAsync(CancellationToken cancellation)
    {
        var reserved = restorer.ReservationOf(plan);
        var note = new UnfinishedRestore
        {
            Guest = Target.Value,
            Kind = plan.Kind,
            Locked = plan.Replaces is not null,
            ConfigPath = plan.ConfigPath,
            Config = plan.Config,
            Made = plan.Volumes,
            Removes = plan.Removes,
            ReservedFolder = reserved?.Folder,
            ReservedName = reserved?.Name,
        };
        if (await runtime.Unfinished.FindAsync(Target, cancellation) is not null)
        {
            throw new ProblemException($"An earlier restore of {Target} was interrupted, and what it made could not be removed. The program's log says what stays; remove it, then try again.");
        }

        await runtime.Unfinished.RememberAsync(note, cancellation);
        _note = note;
        if (plan.Replaces is { } replaced)
        {
            await Driver.LockAsync(replaced, cancellation);
        }

        await restorer.ReserveAsync(plan, cancellation);
        foreach (var volume in plan.Volumes)
        {
            _log.Info($"creating volume '{volume.Id}'{(volume.SizeBytes > 0 ? $" ({VzdumpFormat.Size(volume.SizeBytes)})" : "")}");
            await runtime.Volumes.MakeAsync(volume, cancellation);
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        await using var input = runtime.Decompressor.Open(plan.Request.ArchivePath);
        await using var metered = new MeteredReader(input.Output, plan.Request.BandwidthLimit, runtime.Time);
        await using var meter = new ProgressMeter(Target, events, _log, runtime.Time, () => input.Position, () => metered.Count);
        meter.Expect(input.Length);
        try
        {
            await restorer.FillAsync(plan, metered, _log, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // What the data's reader noticed may only follow from the archive's being cut off: then that is what to say.
            await ThrowIfDamagedAsync(input, metered.HasEnded, cancellation);
            if (error is IOException && error.HResult != LinuxCalls.NoSpaceLeft)
            {
                throw new ProblemException($"The archive cannot be restored: {error.Message}", error);
            }

            throw;
        }

        await input.FinishAsync(cancellation);
        foreach (var volume in plan.Volumes)
        {
            await runtime.Volumes.FlushAsync(volume, cancellation);
        }

        meter.Complete();
    }

    private static async Task ThrowIfDamagedAsync(Compression.DecompressedInput input, bool isRead, CancellationToken cancellation)
    {
        // Only when it ended by itself: a program that still has something to say would wait for a reader.
        if (isRead || input.HasEnded)
        {
            await input.FinishAsync(cancellation);
        }
    }

    // The one moment at which the new guest takes the old one's place: the configuration is replaced by a rename.
    private async Task CommitAsync(CancellationToken cancellation)
    {
        _log.Info($"writing configuration '{plan.ConfigPath}'");
        Directory.CreateDirectory(Path.GetDirectoryName(plan.ConfigPath)!);
        if (plan.Replaces is null && File.Exists(plan.ConfigPath))
        {
            throw new ProblemException($"Somebody made a guest {Target} meanwhile ({plan.ConfigPath}). Restore to another VMID.");
        }

        await AtomicFile.WriteAsync(plan.ConfigPath, plan.Config, cancellation);
        if (plan.Firewall is { } firewall && runtime.Paths.FirewallFolder is var folder)
        {
            Directory.CreateDirectory(folder);
            await AtomicFile.WriteAsync(Path.Combine(folder, $"{Target}.fw"), firewall, CancellationToken.None);
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
        if (_note is { } note)
        {
            foreach (var said in await runtime.Recovery.EndAsync(note, limit))
            {
                _log.Info(said);
            }
        }
    }
}
