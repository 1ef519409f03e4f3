using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Hooks;
using VzDump.Engine.Host;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>What the tasks of a run share.</summary>
internal sealed record RunContext(BackupOptions Options, BackupStorage Storage, HookScript Hook, HookRun HookRun);

/// <summary>The backup of one guest, from its first log line to the last step of its clean-up.</summary>
internal sealed class BackupTask(Guest guest, RunContext run, IProgress<BackupEvent> events, BackupRuntime runtime)
{
    // Root's own, and everybody may pass: nobody else can put something there first.
    private const string OpenToAll = "/run";
    private readonly IGuestDriver _driver = runtime.Inventory.DriverOf(guest.Kind);
    private readonly TaskLog _log = new(guest.Id, events, runtime.Time);
    private readonly ArchiveName _name = FreeName(guest, run, runtime.Time);
    private UnfinishedTask _left = new() { Guest = guest.Id.Value, Kind = guest.Kind };
    private BackupMode _mode = run.Options.Mode;
    private IPreparedGuest? _prepared;
    private ArchiveDraft? _draft;
    private long _stopTicks;
    private bool _stopSeen;
    private long _size;

    private string ArchivePath => Path.Combine(run.Storage.Folder, _name.FileName);

    private string LogPath => Path.Combine(run.Storage.Folder, _name.LogName);

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
        return outcome;
    }

    // Two archives of one guest cannot begin in the same second: the second would have the first one's name.
    private static ArchiveName FreeName(Guest guest, RunContext run, TimeProvider time)
    {
        var name = ArchiveName.For(guest.Kind, guest.Id, time.GetLocalNow().DateTime, run.Options.Compression.Kind);
        while (File.Exists(Path.Combine(run.Storage.Folder, name.FileName)) || File.Exists(Path.Combine(run.Storage.Folder, name.DraftName)))
        {
            name = name with { LocalTime = name.LocalTime.AddSeconds(1) };
        }

        return name;
    }

    private async Task<TaskOutcome> BackUpAsync(CancellationToken cancellation)
    {
        try
        {
            OpenLog();
            var wasRunning = await BeginAsync(cancellation);
            await PrepareAsync(wasRunning, cancellation);
            if (wasRunning)
            {
                await StopGuestAsync(cancellation);
            }

            await WriteArchiveAsync(cancellation);
            await FinishArchiveAsync(cancellation);
            await HookAsync(HookPhase.BackupEnd, cancellation);
            return new TaskOutcome.Done(ArchivePath, _size, default);
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
            _log.Open(Path.Combine(runtime.Paths.LogFolder, $"{guest.Kind.VzdumpName}-{guest.Id}.log"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The log file of guest {guest.Id} cannot be made in {runtime.Paths.LogFolder}: {error.Message}", error);
        }
    }

    private async Task<bool> BeginAsync(CancellationToken cancellation)
    {
        _log.Info($"Starting Backup of VM {guest.Id} ({guest.Kind.VzdumpName})");
        var status = await _driver.StatusAsync(guest, cancellation);
        _log.Info($"status = {(status is GuestStatus.Stopped ? "stopped" : "running")}");
        _log.Info($"{(guest.Kind is GuestKind.Qemu ? "VM" : "CT")} Name: {guest.Name}");

        RefuseOverLimit();
        GuestFiles.RefuseLocked(guest, await _driver.FindLockAsync(guest, cancellation));
        // Noted first: killed between the two, the lock is found and removed at the next start.
        await RememberAsync(_left with { Locked = true }, cancellation);
        await _driver.LockAsync(guest, cancellation);
        return status is not GuestStatus.Stopped;
    }

    private async Task PrepareAsync(bool wasRunning, CancellationToken cancellation)
    {
        // A guest that does not run is at rest already.
        _mode = wasRunning ? run.Options.Mode : BackupMode.Stop;
        var preparation = await _driver.PrepareAsync(guest, _mode, _log, cancellation);
        if (preparation is Preparation.ModeFailure failure && _mode is BackupMode.Snapshot)
        {
            _log.Info(failure.Reason);
            _log.Info("trying 'suspend' mode instead");
            _mode = BackupMode.Suspend;
            preparation = await _driver.PrepareAsync(guest, _mode, _log, cancellation);
        }

        _prepared = preparation switch
        {
            Preparation.Ready ready => ready.Guest,
            Preparation.ModeFailure refused => throw new ProblemException(refused.Reason),
            _ => throw new InvalidOperationException(),
        };
        _log.Info($"backup mode: {_mode.VzdumpName}");
        if (!run.Options.BandwidthLimit.IsNone)
        {
            _log.Info($"bandwidth limit: {run.Options.BandwidthLimit.BytesPerSecond / 1024} KiB/s");
        }

        _log.Info($"ionice priority: {run.Options.IoNice}");
        await HookAsync(HookPhase.BackupStart, cancellation);
    }

    private async Task StopGuestAsync(CancellationToken cancellation)
    {
        _log.Info("stopping guest");
        _stopTicks = runtime.Time.GetTimestamp();
        await HookAsync(HookPhase.PreStop, cancellation);
        await RememberAsync(_left with { StopAsked = runtime.Time.GetUtcNow(), StopWait = run.Options.StopWait }, cancellation);
        await _driver.StopAsync(guest, run.Options.StopWait, cancellation);
        _stopSeen = true;
    }

    private async Task WriteArchiveAsync(CancellationToken cancellation)
    {
        var content = await _prepared!.OpenContentAsync(cancellation);
        var temporary = Path.Combine(run.Options.TemporaryFolder ?? TemporaryPlaceFor(content), _name.TemporaryName);
        await RememberAsync(_left with { Draft = Path.Combine(run.Storage.Folder, _name.DraftName), TemporaryFolder = temporary }, cancellation);
        PrivateFolder.Make(temporary);
        _log.Info($"creating archive '{ArchivePath}'");
        _draft = ArchiveDraft.Open(run.Storage.Folder, _name);
        await runtime.Writing.WriteAsync(guest.Id, content, run.Options, temporary, _draft, _log, events, cancellation);
    }

    // An unprivileged container's tar runs as the container's root, to whom the way to a storage is usually closed. It holds two small files.
    private string TemporaryPlaceFor(GuestContent content) =>
        content is GuestContent.Tree { IdMap.Count: > 0 } && HostUser.IsRoot ? OpenToAll : run.Storage.Folder;

    private async Task FinishArchiveAsync(CancellationToken cancellation)
    {
        await _draft!.CommitAsync(cancellation);
        _size = new FileInfo(ArchivePath).Length;
        _log.Info($"archive file size: {VzdumpFormat.Size(_size)}");
        if (NotesTemplate.Fill(run.Options.NotesTemplate, guest) is { Length: > 0 } notes)
        {
            _log.Info("adding notes to backup");
            await ArchiveNotes.WriteAsync(ArchivePath, notes, cancellation);
        }

        if (run.Options.Protected)
        {
            _log.Info("marking backup as protected");
            await ArchiveNotes.ProtectAsync(ArchivePath, cancellation);
        }

        Prune(cancellation);
    }

    private PrunePlan PlanPrune(KeepPolicy keep) => PrunePlan.For(
        ArchiveFolder.List(run.Storage.Name ?? "", run.Storage.Folder, runtime.Time.LocalTimeZone).Where(archive => archive.Guest == guest.Id && archive.Kind == guest.Kind),
        keep,
        runtime.Time.LocalTimeZone);

    private void RefuseOverLimit()
    {
        // Without removing, one more archive would be one too many: what vzdump checks before it touches the guest.
        var keep = run.Options.PruneOn(run.Storage);
        if (!run.Options.Remove && !keep.KeepsAll)
        {
            var kept = PlanPrune(KeepPolicy.All).Marks.Count(mark => mark.Mark is PruneMark.Keep);
            if (kept >= keep.Counts().Sum(count => count.Value))
            {
                throw new ProblemException($"The {run.Storage.DisplayName} holds {kept} backups of guest {guest.Id}, and {keep} allows no more. Remove old ones, raise the limit, or let them be removed (remove=1).");
            }
        }
    }

    private void Prune(CancellationToken cancellation)
    {
        var keep = run.Options.PruneOn(run.Storage);
        if (!run.Options.Remove || keep.KeepsAll)
        {
            return;
        }

        _log.Info($"prune older backups with retention: {keep}");
        var failures = Pruner.Apply(PlanPrune(keep), archive => _log.Info($"removing backup '{archive.Name}'"), cancellation);
        foreach (var failure in failures)
        {
            _log.Warn(failure);
        }

        if (failures.Count > 0)
        {
            throw new ProblemException($"The archive is complete, but pruning failed. {failures[0]}");
        }
    }

    // The user's cancellation must not cancel the clean-up: a guest left stopped is worse than a late stop.
    // The order is vzdump's (unlock, the driver's own, bring back, remove what is half); hook scripts rely on it.
    private async Task CleanUpAsync()
    {
        using var limit = new CancellationTokenSource(runtime.GuestReturn.CleanUpLimit, runtime.Time);
        var left = _left;
        if (left.Locked && await TryAsync("unlocking the guest", () => _driver.UnlockAsync(guest, limit.Token)))
        {
            left = left with { Locked = false };
        }

        if (_prepared is { } prepared)
        {
            await TryAsync("cleaning up after the guest's volumes", async () => await prepared.DisposeAsync());
        }

        if (left.StopAsked is { } asked && await BringBackAsync(asked, limit.Token))
        {
            left = left with { StopAsked = null };
        }

        if (_draft is { } draft && await TryAsync("removing the unfinished archive", async () => await draft.DisposeAsync()))
        {
            left = left with { Draft = null };
        }

        if (left.TemporaryFolder is { } temporary && Directory.Exists(temporary))
        {
            await TryAsync("removing temporary files", () => Task.Run(() => Directory.Delete(temporary, recursive: true), limit.Token));
        }

        // What could not be undone stays noted, and the next start tries again.
        await TryAsync("noting the end", async () =>
        {
            if (left.Locked || left.StopAsked is not null)
            {
                await runtime.Unfinished.RememberAsync(left, limit.Token);
            }
            else
            {
                runtime.Unfinished.Forget(left);
            }
        });
    }

    private async Task<bool> BringBackAsync(DateTimeOffset asked, CancellationToken limit)
    {
        await TryAsync("the hook script", () => HookAsync(HookPhase.PreRestart, limit));
        var back = await TryAsync("starting the guest again", async () =>
        {
            if (!_stopSeen)
            {
                _log.Info("waiting whether the guest still shuts down");
            }

            _log.Info("restarting guest");
            await runtime.GuestReturn.BringBackAsync(_driver, guest, asked, run.Options.StopWait, _stopSeen, limit);
            _log.Info(FormattableString.Invariant($"guest is online again after {runtime.Time.GetElapsedTime(_stopTicks).TotalSeconds:0} seconds"));
        });
        await TryAsync("the hook script", () => HookAsync(HookPhase.PostRestart, limit));
        return back;
    }

    private async Task EndLogAsync(TaskOutcome outcome)
    {
        using var limit = new CancellationTokenSource(runtime.GuestReturn.CleanUpLimit, runtime.Time);
        if (outcome is TaskOutcome.Done { Took: var took })
        {
            _log.Info($"Finished Backup of VM {guest.Id} ({VzdumpFormat.Time(took)})");
        }
        else
        {
            _log.Error($"Backup of VM {guest.Id} failed - {(outcome is TaskOutcome.Failed failed ? failed.Reason : "interrupted: the run was stopped")}");
            await TryAsync("the hook script", () => HookAsync(HookPhase.BackupAbort, limit.Token));
        }

        await TryAsync("copying the log beside the archive", () =>
        {
            _log.CopyTo(LogPath);
            return Task.CompletedTask;
        });
        await TryAsync("the hook script", () => HookAsync(HookPhase.LogEnd, limit.Token));
        await _log.DisposeAsync();
    }

    private async Task RememberAsync(UnfinishedTask left, CancellationToken cancellation)
    {
        await runtime.Unfinished.RememberAsync(left, cancellation);
        _left = left;
    }

    private Task HookAsync(HookPhase phase, CancellationToken cancellation) =>
        run.Hook.RunAsync(phase, run.HookRun, new HookTask(guest, _mode, ArchivePath, LogPath), _log.Info, cancellation);

    private async Task<bool> TryAsync(string step, Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception error)
        {
            // Clean-up goes on: the next step may be the one that brings the guest back.
            _log.Warn($"{step} failed: {FailureReason.Of(error, run.Storage)}");
            return false;
        }
    }
}
