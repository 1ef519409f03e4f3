using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Makes the new guest: its volumes, their content, and last its configuration. What stands half way is noted before it is made.</summary>
/// <param name="subject">The guest that events and progress are told of.</param>
internal sealed class RestoreSteps(RestorePlan plan, GuestId subject, IGuestRestorer restorer, ITaskLog log, IProgress<BackupEvent> events, RestoreRuntime runtime)
{
    /// <summary>Null until something may have been made.</summary>
    public UnfinishedRestore? Note { get; private set; }

    /// <summary>Of the archive, without compression, as far as it was read.</summary>
    public long RestoredBytes { get; private set; }

    private GuestId Target => plan.Request.Target;

    public async Task RestoreAsync(CancellationToken cancellation)
    {
        await MakeVolumesAsync(cancellation);
        await FillAsync(cancellation);
        await CommitAsync(cancellation);
    }

    /// <summary>Why it failed, in words.</summary>
    public static string SentenceOf(Exception error) =>
        error is IOException { HResult: LinuxCalls.NoSpaceLeft } ? "The storage of the new volumes is full. Choose another one, or make room." : error.Message;

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
            WasNumbered = await restorer.IsNumberedAsync(plan, cancellation),
            Trial = plan.Trial,
        };
        if (await runtime.Unfinished.FindAsync(Target, cancellation) is not null)
        {
            throw new ProblemException($"An earlier restore of {Target} was interrupted, and what it made could not be removed. The program's log says what stays; remove it, then try again.");
        }

        await runtime.Unfinished.RememberAsync(note, cancellation);
        Note = note;
        if (plan.Replaces is { } replaced)
        {
            await runtime.Inventory.DriverOf(plan.Kind).LockAsync(replaced, cancellation);
        }

        await restorer.ReserveAsync(plan, cancellation);
        foreach (var volume in plan.Volumes)
        {
            log.Info($"creating volume '{volume.Id}'{(volume.SizeBytes > 0 ? $" ({VzdumpFormat.Size(volume.SizeBytes)})" : "")}");
            await runtime.Volumes.MakeAsync(volume, cancellation);
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        await using var input = runtime.Decompressor.Open(plan.Request.ArchivePath);
        await using var metered = new MeteredReader(input.Output, plan.Request.BandwidthLimit, runtime.Time);
        await using var meter = new ProgressMeter(subject, events, log, runtime.Time, () => input.Position, () => metered.Count);
        meter.Expect(input.Length);
        try
        {
            await restorer.FillAsync(plan, metered, log, cancellation);
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
        RestoredBytes = metered.Count;
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
        log.Info($"writing configuration '{plan.ConfigPath}'");
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
}
