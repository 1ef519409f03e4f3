using Microsoft.Extensions.Logging;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Guests.Trials;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Ends and removes a guest that was only tried, however far it came: after the trial, and at the start after a kill.</summary>
internal sealed class TrialEnd(IEnumerable<IGuestTrial> trials, VolumeFiles volumes, NativeContainers natives, TimeProvider time, ILogger<TrialEnd> logger)
{
    /// <returns>Sentences about what was done, and whether all of it is gone.</returns>
    public async Task<(IReadOnlyList<string> Said, bool IsWhole)> EndAsync(UnfinishedRestore restore, TrialMark mark, CancellationToken cancellation)
    {
        var said = new List<string>();
        var config = File.Exists(restore.ConfigPath) ? await ConfigText.ReadAsync(restore.ConfigPath, cancellation) : null;
        var isOurs = config is not null && mark.IsIn(config);
        var whole = await StepAsync(null, () => ProcessTable.WaitForMakersAsync([.. restore.Made.Select(made => made.Path)], time, cancellation));
        if (config is not null && !isOurs)
        {
            // Somebody made a guest of that VMID or took this one over: what his configuration names is his.
            said.Add($"'{restore.ConfigPath}' is not the tested guest's; that guest is left alone");
        }

        // What runs has the volumes open: they go only when nothing does.
        whole = whole && (!isOurs || await StepAsync("stopping the tested guest", () => trials.First(trial => trial.Kind == restore.Kind).EndAsync(GuestOf(restore), mark, cancellation)));
        if (!whole)
        {
            return (said, false);
        }

        foreach (var made in restore.Made.Where(made => Path.Exists(made.Path) && (isOurs || config?.Contains(made.Id, StringComparison.Ordinal) is not true)))
        {
            whole &= await StepAsync($"removing the volume '{made.Id}'", async () =>
            {
                await volumes.RemoveAsync(made.Path, made.Form, cancellation);
                RemoveOwnFolder(restore, Path.GetDirectoryName(made.Path)!);
            });
        }

        // The mark goes last: should this be broken off, the next one knows its guest by it.
        if (whole && isOurs)
        {
            whole = await StepAsync($"removing the configuration '{restore.ConfigPath}'", () => Task.Run(() => File.Delete(restore.ConfigPath), cancellation));
        }

        if (whole && (isOurs || config is null) && restore is { ReservedFolder: { } folder, ReservedName: { } name })
        {
            whole = await StepAsync(null, async () =>
            {
                await natives.ReleaseAsync(new LxcName(folder, name), GuestId.Parse($"{restore.Guest}"), cancellation);
                if (Directory.Exists(Path.Combine(folder, name)))
                {
                    Directory.Delete(Path.Combine(folder, name)); // empty by now; if it is not, it is somebody else's
                }
            });
        }

        return (said, whole);

        async Task<bool> StepAsync(string? step, Func<Task> action)
        {
            try
            {
                await action();
                if (step is not null)
                {
                    said.Add(step);
                }

                return true;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                logger.RestoreCleanUpFailed(error, restore.Guest, step ?? "removing the tested guest");
                said.Add($"{step ?? "removing the tested guest"} failed: {error.Message}");
                return false;
            }
        }
    }

    // e.g. /…/images/900000, which was made for its volumes alone
    private static void RemoveOwnFolder(UnfinishedRestore restore, string folder)
    {
        if (Path.GetFileName(folder) == $"{restore.Guest}" && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    private static Guest GuestOf(UnfinishedRestore restore) => new()
    {
        Id = GuestId.Parse($"{restore.Guest}"),
        Kind = restore.Kind,
        Name = restore.ReservedName ?? "",
        ConfigPath = restore.ConfigPath,
        LxcPath = restore.ReservedFolder,
    };
}
