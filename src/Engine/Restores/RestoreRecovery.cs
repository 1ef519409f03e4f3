using Microsoft.Extensions.Logging;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Ends a restore whose guest is there, by removing what it replaced, or undoes one whose guest is not, by removing what was made.</summary>
internal sealed class RestoreRecovery(UnfinishedRestores unfinished, BusyGuests busy, GuestInventory inventory, VolumeFiles volumes, NativeContainers natives, TrialEnd trials, TimeProvider time, ILogger<RestoreRecovery> logger)
{
    /// <summary>Sentences about what was put right. What could not be stays noted and is tried again the next time. What this program restores right now is left alone.</summary>
    public async Task<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellation)
    {
        var said = new List<string>();
        foreach (var guest in unfinished.List())
        {
            try
            {
                said.AddRange(await RecoverAsync(guest, cancellation));
            }
            catch (ProblemException problem)
            {
                said.Add(problem.Message);
            }
        }

        return said;
    }

    /// <summary>The same for one guest.</summary>
    /// <exception cref="ProblemException">The note on it cannot be read.</exception>
    public async Task<IReadOnlyList<string>> RecoverAsync(GuestId guest, CancellationToken cancellation)
    {
        if (!busy.TryAdd(guest))
        {
            return [];
        }

        try
        {
            // Read now: a note that was seen before may have been that of a restore which has ended meanwhile.
            return await unfinished.FindAsync(guest, cancellation) is { } restore ? [.. (await EndAsync(restore, cancellation)).Select(text => $"Guest {guest}: {text}.")] : [];
        }
        finally
        {
            busy.Remove(guest);
        }
    }

    /// <summary>Ends or undoes this restore. Sentences about what was done.</summary>
    public async Task<IReadOnlyList<string>> EndAsync(UnfinishedRestore restore, CancellationToken cancellation)
    {
        if (restore.Trial is { } mark)
        {
            var (done, isGone) = await trials.EndAsync(restore, mark, cancellation);
            if (isGone)
            {
                unfinished.Forget(restore);
            }

            return done;
        }

        var said = new List<string>();
        var whole = true;
        // Not by the whole text: somebody may have changed the new guest since. What a configuration names is never removed.
        var config = File.Exists(restore.ConfigPath) ? await ConfigText.ReadAsync(restore.ConfigPath, cancellation) : "";
        var committed = restore.Made.All(made => Names(config, made.Id));
        var removes = committed ? restore.Removes.Select(old => (old.Id, old.Path, old.Form)) : restore.Made.Select(made => (made.Id, made.Path, made.Form));
        if (!committed)
        {
            // What makes and fills a volume, e.g. mkfs.ext4 …/vm-101-disk-0.raw or tar … --directory=/…/rootfs-2, does not end with the program that started it.
            await StepAsync("waiting for the programs of the interrupted restore", () => ProcessTable.WaitForMakersAsync([.. restore.Made.Select(made => made.Path)], time, cancellation), isSaid: false);
        }

        foreach (var (id, path, form) in removes.Where(volume => Path.Exists(volume.Path) && !Names(config, volume.Id)))
        {
            await StepAsync(committed ? $"removing the replaced volume '{id}'" : $"removing the unfinished volume '{id}'", () => volumes.RemoveAsync(path, form, cancellation));
        }

        if (!committed && restore is { ReservedFolder: { } folder, ReservedName: { } name })
        {
            await StepAsync("giving the VMID back", async () =>
            {
                if (!restore.WasNumbered)
                {
                    await natives.ReleaseAsync(new LxcName(folder, name), GuestId.Parse($"{restore.Guest}"), cancellation);
                }

                if (Directory.Exists(Path.Combine(folder, name)))
                {
                    Directory.Delete(Path.Combine(folder, name)); // empty by now; if it is not, it is somebody else's
                }
            });
        }

        if (restore.Locked && (await inventory.ListAsync(cancellation)).Guests.FirstOrDefault(state => state.Guest.Id.Value == restore.Guest && state.Guest.Kind == restore.Kind)?.Guest is { } guest)
        {
            await StepAsync("unlocking the guest", () => inventory.DriverOf(guest.Kind).UnlockAsync(guest, cancellation));
        }

        if (whole)
        {
            unfinished.Forget(restore);
        }

        return said;

        async Task StepAsync(string step, Func<Task> action, bool isSaid = true)
        {
            try
            {
                await action();
                if (isSaid)
                {
                    said.Add(step);
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                whole = false;
                logger.RestoreCleanUpFailed(error, restore.Guest, step);
                said.Add($"{step} failed: {error.Message}");
            }
        }
    }

    // e.g. local:101/vm-101-disk-1.raw in  scsi0: local:101/vm-101-disk-1.raw,size=64M  but not in  …-disk-1.raw.old
    private static bool Names(string config, string volume)
    {
        for (var at = config.IndexOf(volume, StringComparison.Ordinal); at >= 0; at = config.IndexOf(volume, at + 1, StringComparison.Ordinal))
        {
            if (at + volume.Length == config.Length || config[at + volume.Length] is ',' or '\n' or '\r' or ' ' or '\t')
            {
                return true;
            }
        }

        return false;
    }
}
