using VzDump.Engine.Archives;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;
using VzDump.Engine.Hooks;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>The backup of one guest, from its first log line to the last step of its clean-up.</summary>
internal sealed class BackupTask(Guest guest, RunContext run, IProgress<BackupEvent> events, BackupRuntime runtime)
{
    // Root's own, and everybody may pass: nobody else can put something there first.
    private const string OpenToAll = "/run";
    private readonly TaskScene _task = new(guest, run, events, runtime);
    private IPreparedGuest? _prepared;
    private ArchiveDraft? _draft;
    private GuestStatus _status;

    private TaskLog Log => _task.Log;

    private TaskNotes Notes => _task.Notes;

    private IGuestDriver Driver => _task.Driver;

    private GuestDowntime Downtime => field ??= new(_task);

    private ArchiveEnding Archive => field ??= new(_task);

    /// <summary>A failure or cancellation is in the result; nothing is thrown.</summary>
    public async Task<TaskOutcome> RunAsync(CancellationToken cancellation)
    {
        var began = runtime.Time.GetTimestamp();
        var outcome = await BackUpAsync(cancellation);
        await CleanUpAsync();
        var took = runtime.Time.GetElapsedTime(began);
        outcome = outcome switch
        {
            TaskOutcome.Done done => done with { Took = took },
            TaskOutcome.Failed failed => failed with { Took = took },
            _ => new TaskOutcome.Cancelled(took),
        };
        await EndLogAsync(outcome);
        await _task.DisposeAsync();
        return outcome;
    }

    private async Task<TaskOutcome> BackUpAsync(CancellationToken cancellation)
    {
        try
        {
            OpenLog();
            await BeginAsync(cancellation);
            await PrepareAsync(cancellation);
            await CutAsync(cancellation);
            var size = await WriteArchiveAsync(cancellation);
            if (_prepared!.Mishap is { } mishap)
            {
                // Complete and of the moment before, the archive stays; that the guest was down is no success all the same.
                throw new ProblemException($"The archive is complete, but something happened to the guest. {mishap}");
            }

            await _task.HookAsync(HookPhase.BackupEnd, cancellation);
            return new TaskOutcome.Done(_task.ArchivePath, size, default);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new TaskOutcome.Cancelled(default);
        }
        catch (Exception error)
        {
            if (FailureReason.IsUnexpected(error))
            {
                runtime.Logger.TaskFault(error, guest.Id.Value);
            }

            return new TaskOutcome.Failed(FailureReason.Of(error, run.Storage), default);
        }
    }

    private void OpenLog()
    {
        try
        {
            Log.Open(Path.Combine(runtime.Paths.LogFolder, $"{guest.Kind.VzdumpName}-{guest.Id}.log"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The log file of guest {guest.Id} cannot be made in {runtime.Paths.LogFolder}: {error.Message}", error);
        }
    }

    private async Task BeginAsync(CancellationToken cancellation)
    {
        Log.Important(LogLevel.Info, $"Starting Backup of VM {guest.Id} ({guest.Kind.VzdumpName})");
        Log.Info($"Backup started at {runtime.Time.GetLocalNow():yyyy-MM-dd HH:mm:ss}");
        _status = await Driver.StatusAsync(guest, cancellation);
        // A paused guest is a running one to vzdump.
        Log.Info($"status = {(_status is GuestStatus.Stopped ? "stopped" : "running")}");
        await RefuseAgainstHaAsync(cancellation);
        await Archive.RefuseOverLimitAsync(cancellation);
        await Archive.RefuseOverProtectionLimitAsync(cancellation);
        GuestFiles.RefuseLocked(guest, await Driver.FindLockAsync(guest, cancellation));
        // Noted first: killed between the two, the lock is found and removed at the next start.
        await Notes.ChangeAsync(left => left with { Locked = true }, cancellation);
        await Driver.LockAsync(guest, cancellation);
    }

    // By what is asked for, as in vzdump, not by whether the guest happens to run.
    private async Task RefuseAgainstHaAsync(CancellationToken cancellation)
    {
        if (run.Options.Mode is BackupMode.Stop && (await HaResources.ReadAsync(runtime.Paths, cancellation)).KeepsStarted(guest.Kind, guest.Id))
        {
            throw new ProblemException("High availability keeps this guest started and would start it again in the middle of a backup in stop mode. Use snapshot mode, or disable the guest in ha/resources.cfg.");
        }
    }

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        // A guest that does not run is at rest already, and one that its owner paused stays as it is.
        _task.Mode = _status switch
        {
            GuestStatus.Stopped => BackupMode.Stop,
            GuestStatus.Paused when run.Options.Mode is BackupMode.Stop => BackupMode.Suspend,
            _ => run.Options.Mode,
        };
        if (_status is GuestStatus.Paused)
        {
            Log.Info("the guest is paused and stays so");
        }

        var folder = await MakeFolderAsync(TaskFolders.Of(run, _task.Name, Log), cancellation);
        var preparation = await PrepareAsync(folder, cancellation);
        if (preparation is Preparation.ModeFailure failure && _task.Mode is BackupMode.Snapshot)
        {
            Log.Info(failure.Reason);
            Log.Info("trying 'suspend' mode instead");
            _task.Mode = BackupMode.Suspend;
            preparation = await PrepareAsync(folder, cancellation);
        }

        _prepared = preparation switch
        {
            Preparation.Ready ready => ready.Guest,
            Preparation.ModeFailure refused => throw new ProblemException(refused.Reason),
            _ => throw new InvalidOperationException(),
        };
        Log.Info($"backup mode: {_task.Mode.VzdumpName}");
        if (!run.Options.BandwidthLimit.IsNone)
        {
            Log.Info($"bandwidth limit: {run.Options.BandwidthLimit.BytesPerSecond / 1024} KiB/s");
        }

        Log.Info($"ionice priority: {run.Options.IoNice}");
        await _task.HookAsync(HookPhase.BackupStart, cancellation);
    }

    private Task<Preparation> PrepareAsync(string folder, CancellationToken cancellation)
    {
        Log.Info($"{(guest.Kind is GuestKind.Qemu ? "VM" : "CT")} Name: {guest.Name}");
        return Driver.PrepareAsync(guest, new PreparationRequest
        {
            Mode = _task.Mode,
            WasRunning = _status is not GuestStatus.Stopped,
            TemporaryFolder = folder,
            ArchiveStem = _task.Name.Stem,
            Excludes = run.Options.Excludes,
            IoNice = run.Options.IoNice,
            BandwidthLimit = run.Options.BandwidthLimit,
            Fleecing = run.Options.Fleecing,
            MaxWorkers = run.Options.MaxWorkers,
            Log = Log,
            Traces = Notes,
        }, cancellation);
    }

    // vzdump's order of hooks for each mode. After it the content stands still, whatever the guest does.
    private async Task CutAsync(CancellationToken cancellation)
    {
        var prepared = _prepared!;
        if (_status is not GuestStatus.Running)
        {
            await prepared.CutAsync(cancellation);
            return;
        }

        switch (_task.Mode)
        {
            case BackupMode.Stop:
                await Downtime.StopAsync(cancellation);
                await prepared.CutAsync(cancellation);
                if (prepared.GoesOnAfterCut)
                {
                    await Downtime.ReturnAsync(cancellation);
                }

                break;
            case BackupMode.Suspend:
                await prepared.CopyAsync(cancellation);
                Log.Info("suspending guest");
                await _task.HookAsync(HookPhase.PreStop, cancellation);
                await Downtime.SuspendAsync(cancellation);
                await prepared.CutAsync(cancellation);
                await Downtime.ReturnAsync(cancellation);
                break;
            default:
                await _task.HookAsync(HookPhase.PreStop, cancellation);
                if (prepared.MustSuspendToCut)
                {
                    Log.Info("suspend vm to make snapshot");
                    await Downtime.SuspendAsync(cancellation);
                }

                await prepared.CutAsync(cancellation);
                await Downtime.ReturnAsync(cancellation);
                break;
        }
    }

    private async Task<long> WriteArchiveAsync(CancellationToken cancellation)
    {
        var content = await _prepared!.OpenContentAsync(cancellation);
        // An unprivileged container's tar runs as the container's root, to whom the way to a storage is usually closed.
        var folder = content is GuestContent.Tree { IdMap.Count: > 0 } && HostUser.IsRoot
            ? await MakeFolderAsync(Path.Combine(OpenToAll, _task.Name.TemporaryName), cancellation)
            : Notes.Left.Folders[0];
        if (run.Output is { } output)
        {
            Log.Info("sending archive to stdout");
            await using var counted = new MeteredStream(output, default, runtime.Time);
            await runtime.Writing.WriteAsync(guest.Id, content, run.Options, folder, counted, () => counted.Count, Log, events, cancellation);
            return counted.Count;
        }

        Log.Info($"creating vzdump archive '{_task.ArchivePath}'");
        await Notes.ChangeAsync(left => left with { Draft = Path.Combine(run.Storage.Folder, _task.Name.DraftName) }, cancellation);
        var draft = _draft = ArchiveDraft.Open(run.Storage.Folder, _task.Name);
        await runtime.Writing.WriteAsync(guest.Id, content, run.Options, folder, draft.Stream, () => draft.Size, Log, events, cancellation);
        return await Archive.FinishAsync(draft, cancellation);
    }

    private async Task<string> MakeFolderAsync(string folder, CancellationToken cancellation)
    {
        if (!Notes.Left.Folders.Contains(folder))
        {
            await Notes.ChangeAsync(left => left with { Folders = [.. left.Folders, folder] }, cancellation);
            try
            {
                PrivateFolder.Make(folder);
            }
            catch (ProblemException)
            {
                // What is there is somebody else's, and the clean-up shall not remove it.
                await Notes.ChangeAsync(left => left with { Folders = [.. left.Folders.Where(noted => noted != folder)] }, CancellationToken.None);
                throw;
            }
        }

        return folder;
    }

    // The user's cancellation must not cancel the clean-up: a guest left stopped is worse than a late stop.
    // The order is vzdump's (unlock, the driver's own, bring back, remove what is half); hook scripts rely on it.
    // A suspended guest goes on first: nothing may keep it standing still.
    private async Task CleanUpAsync()
    {
        using var limit = new CancellationTokenSource(runtime.GuestReturn.CleanUpLimit, runtime.Time);
        if (Notes.Left.Locked && await _task.TryAsync("unlocking the guest", () => Driver.UnlockAsync(guest, limit.Token)))
        {
            await _task.TryAsync("noting that", () => Notes.ChangeAsync(left => left with { Locked = false }, limit.Token));
        }

        if (Notes.Left.Suspended)
        {
            await Downtime.BringBackAsync(limit.Token);
        }

        if (_prepared is { } prepared)
        {
            // Whatever hangs here, such as a network share in a volume, the guest comes back.
            await _task.TryAsync("cleaning up after the guest's volumes", () => prepared.DisposeAsync().AsTask().WaitAsync(runtime.GuestReturn.CleanUpLimit / 2, runtime.Time, CancellationToken.None));
        }

        await Downtime.BringBackAsync(limit.Token);
        if (_draft is { } draft)
        {
            await _task.TryAsync("removing the unfinished archive", async () => await draft.DisposeAsync());
        }

        foreach (var folder in Notes.Left.Folders.Where(Directory.Exists))
        {
            await _task.TryAsync("removing temporary files", () => PrivateFolder.RemoveAsync(folder, runtime.Programs, limit.Token));
        }

        // What could not be undone stays noted, and the next start tries again.
        await _task.TryAsync("noting the end", () => Notes.CloseAsync(limit.Token));
    }

    private async Task EndLogAsync(TaskOutcome outcome)
    {
        using var limit = new CancellationTokenSource(runtime.GuestReturn.CleanUpLimit, runtime.Time);
        if (outcome is TaskOutcome.Done { Took: var took })
        {
            Log.Important(LogLevel.Info, $"Finished Backup of VM {guest.Id} ({VzdumpFormat.Time(took)})");
            Log.Info($"Backup finished at {runtime.Time.GetLocalNow():yyyy-MM-dd HH:mm:ss}");
        }
        else
        {
            Log.Important(LogLevel.Error, $"Backup of VM {guest.Id} failed - {(outcome is TaskOutcome.Failed failed ? failed.Reason : "interrupted: the run was stopped")}");
            Log.Info($"Failed at {runtime.Time.GetLocalNow():yyyy-MM-dd HH:mm:ss}");
            await _task.TryHookAsync(HookPhase.BackupAbort, limit.Token);
        }

        await _task.TryAsync("copying the log beside the archive", () =>
        {
            Log.CopyTo(_task.LogPath);
            return Task.CompletedTask;
        });
        await _task.TryHookAsync(HookPhase.LogEnd, limit.Token);
    }
}
