using Microsoft.Extensions.Logging;
using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Makes guests out of archives. The engine's second door.</summary>
public sealed class RestoreEngine
{
    private readonly RestoreRuntime _runtime;

    internal RestoreEngine(RestoreRuntime runtime) => _runtime = runtime;

    /// <summary>What a restore would do. Nothing is done.</summary>
    /// <exception cref="ProblemException">It cannot be done so; the message says why.</exception>
    public async Task<RestorePlan> PlanAsync(RestoreRequest request, CancellationToken cancellation)
    {
        if (!File.Exists(request.ArchivePath) || !ArchiveName.IsArchive(Path.GetFileName(request.ArchivePath)))
        {
            throw new ProblemException($"'{request.ArchivePath}' is no archive of a guest.");
        }

        var kind = ArchiveName.KindOf(Path.GetFileName(request.ArchivePath));
        var existing = (await _runtime.Inventory.ListAsync(cancellation)).Guests.FirstOrDefault(state => state.Guest.Id == request.Target);
        if (existing is not null)
        {
            RefuseUnlessReplaceable(request, kind, existing);
        }

        var archived = await _runtime.Configs.ReadAsync(request.ArchivePath, _runtime.Time, cancellation);
        return await RestorerOf(kind).PlanAsync(request, archived, existing?.Guest, cancellation);
    }

    /// <summary>
    /// Does what the plan says. The new volumes are complete before the old guest is touched, so a failed or cancelled restore leaves it as it was.
    /// </summary>
    /// <returns>How it ended; only a cancellation is thrown, after the clean-up.</returns>
    public async Task<TaskOutcome> RunAsync(RestorePlan plan, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        if (!_runtime.Busy.TryAdd(plan.Request.Target))
        {
            return new TaskOutcome.Failed($"The guest {plan.Request.Target} is being restored already.", TimeSpan.Zero);
        }

        try
        {
            return await new RestoreTask(plan, RestorerOf(plan.Kind), events, _runtime).RunAsync(cancellation);
        }
        finally
        {
            _runtime.Busy.Remove(plan.Request.Target);
        }
    }

    /// <summary>Ends or undoes what a killed program left of restores. To be called once at the start.</summary>
    /// <returns>Sentences about what was found and done.</returns>
    public Task<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellation) => _runtime.Recovery.RecoverAsync(cancellation);

    private static void RefuseUnlessReplaceable(RestoreRequest request, GuestKind kind, GuestState existing)
    {
        var guest = existing.Guest;
        if (!request.Replace)
        {
            throw new ProblemException($"The VMID {request.Target} belongs to {guest.Name} already. Choose a free one, or let the restore replace that guest.");
        }

        if (guest.Kind != kind)
        {
            throw new ProblemException($"{guest.Name} ({guest.Id}) is a {(guest.Kind is GuestKind.Qemu ? "virtual machine" : "container")}, the archive is of the other type. Choose another VMID.");
        }

        if (existing.Status is not GuestStatus.Stopped)
        {
            throw new ProblemException($"{guest.Name} ({guest.Id}) is running. Shut it down, then it can be replaced.");
        }

        GuestFiles.RefuseLocked(guest, existing.Lock);
    }

    private IGuestRestorer RestorerOf(GuestKind kind) => _runtime.Restorers.FirstOrDefault(restorer => restorer.Kind == kind)
        ?? throw new ProblemException("Archives of this type cannot be restored yet.");
}

/// <summary>What every restore works with.</summary>
internal sealed record RestoreRuntime(
    NodePaths Paths,
    GuestInventory Inventory,
    IEnumerable<IGuestRestorer> Restorers,
    ArchiveConfigReader Configs,
    Decompressor Decompressor,
    VolumeFiles Volumes,
    UnfinishedRestores Unfinished,
    RestoreRecovery Recovery,
    BusyGuests Busy,
    HostPrograms Programs,
    SystemLog SystemLog,
    TimeProvider Time,
    ILogger<RestoreEngine> Logger);

/// <summary>The guests that are being restored in this program right now.</summary>
internal sealed class BusyGuests
{
    private readonly Lock _one = new();
    private readonly HashSet<GuestId> _busy = [];

    public bool TryAdd(GuestId guest)
    {
        lock (_one)
        {
            return _busy.Add(guest);
        }
    }

    public void Remove(GuestId guest)
    {
        lock (_one)
        {
            _busy.Remove(guest);
        }
    }
}
