using Microsoft.Extensions.Logging;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>Undoes what a run left that was killed: guests stopped or locked, half archives, temporary folders.</summary>
internal sealed class BackupRecovery(UnfinishedTasks unfinished, GuestInventory inventory, GuestReturn guestReturn, HostPrograms programs, TimeProvider time, ILogger<BackupRecovery> logger)
{
    /// <summary>Sentences about what was put right. What could not be stays noted and is tried again the next time.</summary>
    public async Task<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellation)
    {
        var said = new List<string>();
        var tasks = await unfinished.ReadAsync(said.Add, cancellation);
        if (tasks.Count > 0)
        {
            var guests = await inventory.ListAsync(cancellation);
            foreach (var task in tasks)
            {
                var guest = guests.Guests.FirstOrDefault(state => state.Guest.Id.Value == task.Guest && state.Guest.Kind == task.Kind)?.Guest;
                await RecoverAsync(task, guest, isGone: guest is null && guests.Problems.Count == 0, said.Add, cancellation);
            }
        }

        return said;
    }

    // A program that copies into it does not end with the one that started it.
    private async Task RemoveFolderAsync(string folder, CancellationToken cancellation)
    {
        foreach (var copier in (string[])["nice", "ionice", "rsync"])
        {
            await ProcessTable.EndAsync(copier, argument => argument.StartsWith(folder + "/", StringComparison.Ordinal), time, cancellation);
        }

        await PrivateFolder.RemoveAsync(folder, programs, cancellation);
    }

    private async Task RecoverAsync(UnfinishedTask task, Guest? guest, bool isGone, Action<string> say, CancellationToken cancellation)
    {
        var left = task;
        if (guest is not null)
        {
            File.Delete(AtomicFile.HalfOf(guest.ConfigPath));
        }

        // vzdump's order of clean-up: unlock, bring back, remove what is half. A suspended guest comes first: it stands still.
        var driver = inventory.DriverOf(task.Kind);
        if (guest is not null && task.Suspended && await TryAsync("resuming", () => driver.ResumeAsync(guest, cancellation)))
        {
            left = left with { Suspended = false };
            Say("resumed");
        }

        if (guest is not null && task.Locked && await TryAsync("unlocking", () => driver.UnlockAsync(guest, cancellation)))
        {
            left = left with { Locked = false };
            Say("unlocked");
        }

        if (task.Traces.Count > 0 && await TryAsync("removing what the backup had made", () => driver.UndoAsync(guest, task.Traces, new SayingLog(say, task.Guest), cancellation)))
        {
            left = left with { Traces = [] };
            Say("what the backup had made is removed");
        }

        if (guest is not null && task.StopAsked is { } asked && await TryAsync("starting", async () =>
        {
            if (await guestReturn.BringBackAsync(driver, guest, asked, task.StopWait, stopSeen: false, cancellation))
            {
                Say("started again");
            }
        }))
        {
            left = left with { StopAsked = null };
        }

        if (task.Draft is { } draft && File.Exists(draft) && await TryAsync("deleting the half archive", () => Task.Run(() => ArchiveDraft.Discard(draft), cancellation)))
        {
            Say($"half archive {draft} deleted");
        }

        foreach (var folder in task.Folders.Where(Directory.Exists))
        {
            if (await TryAsync("deleting temporary files", () => RemoveFolderAsync(folder, cancellation)))
            {
                Say($"temporary folder {folder} deleted");
            }
        }

        if (isGone)
        {
            // Nobody is left to be unlocked or started; what lies about on the host still is.
            left = left with { Locked = false, StopAsked = null, Suspended = false };
        }

        if (!left.HoldsGuest)
        {
            unfinished.Forget(task);
        }
        else
        {
            await unfinished.RememberAsync(left, cancellation);
        }

        void Say(string what)
        {
            logger.Recovered(task.Guest, what);
            say($"Guest {task.Guest}: {what}.");
        }

        async Task<bool> TryAsync(string step, Func<Task> action)
        {
            try
            {
                await action();
                return true;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                logger.RecoveryFailed(error, task.Guest, step);
                say($"Guest {task.Guest}: {step} failed: {error.Message}");
                return false;
            }
        }
    }

    private sealed class SayingLog(Action<string> say, int guest) : ITaskLog
    {
        public void Info(string text) => say($"Guest {guest}: {text}.");

        public void Warn(string text) => say($"Guest {guest}: {text}.");
    }
}
