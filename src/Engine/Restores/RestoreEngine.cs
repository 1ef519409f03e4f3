using System.Globalization;
using Microsoft.Extensions.Logging;
using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Cluster;
using VzDump.Engine.Host;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Engine.Restores;

/// <summary>Makes guests out of archives. The engine's second door.</summary>
public sealed class RestoreEngine
{
    // Proxmox VE's own limits
    private const int LeastMemory = 16, MostMemory = 4_178_944, MostCores = 8192;
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

        if (request is { Memory: < LeastMemory or > MostMemory } or { Cores: < 1 or > MostCores })
        {
            throw new ProblemException($"Give {LeastMemory} to {MostMemory} MiB of memory, and 1 to {MostCores} cores, or nothing for as it was.");
        }

        var kind = ArchiveName.KindOf(Path.GetFileName(request.ArchivePath));
        if (_runtime.Cluster.OfOtherNodes().FirstOrDefault(guest => guest.Id == request.Target) is { } remote)
        {
            throw new ProblemException($"The VMID {request.Target} belongs to a guest of the node {remote.Node}. Choose a free one.");
        }

        var existing = (await _runtime.Inventory.ListAsync(cancellation)).Guests.FirstOrDefault(state => state.Guest.Id == request.Target);
        if (existing is not null)
        {
            RefuseUnlessReplaceable(request, kind, existing);
        }

        var archived = await _runtime.Configs.ReadAsync(request.ArchivePath, _runtime.Time, cancellation);
        return await RestorerOf(kind).PlanAsync(request, archived, existing?.Guest, cancellation);
    }

    /// <summary>The lowest VMID that no guest has, of this node or another one of the cluster.</summary>
    public Task<GuestId> NextFreeAsync(CancellationToken cancellation) => NextFreeAsync(GuestId.Parse(GuestId.Lowest.ToString(CultureInfo.InvariantCulture)), cancellation);

    internal async Task<GuestId> NextFreeAsync(GuestId from, CancellationToken cancellation)
    {
        var taken = (await _runtime.Inventory.ListAsync(cancellation)).Guests.Select(state => state.Guest.Id)
            .Concat(_runtime.Cluster.OfOtherNodes().Select(guest => guest.Id)).Select(id => id.Value).ToHashSet();
        var free = Enumerable.Range(from.Value, GuestId.Highest - from.Value).First(id => !taken.Contains(id));
        return GuestId.Parse(free.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Names of the storages that can take the volumes of a guest of this type.</summary>
    /// <exception cref="ProblemException">storage.cfg cannot be read.</exception>
    public async Task<IReadOnlyList<string>> ListStoragesAsync(GuestKind kind, CancellationToken cancellation) =>
        [.. (await StorageConfig.ReadAsync(_runtime.Paths.StorageConfig, cancellation)).Storages.Where(storage => storage.TakesVolumes(kind is GuestKind.Qemu ? "images" : "rootdir")).Select(storage => storage.Name)];

    /// <summary>
    /// Does what the plan says. The new volumes are complete before the old guest is touched, so a failed or cancelled restore leaves it as it was.
    /// </summary>
    /// <returns>How it ended; only a cancellation is thrown, after the clean-up.</returns>
    public async Task<TaskOutcome> RunAsync(RestorePlan plan, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        if (!_runtime.Busy.TryAdd(plan.Request.Target))
        {
            return new TaskOutcome.Failed($"The guest {plan.Request.Target} is being restored already, or what an interrupted restore left of it is being removed. Try again afterwards.", TimeSpan.Zero);
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

    /// <summary>Plans, then does it, for somebody who is not there to look at the plan.</summary>
    /// <returns>How it ended; only a cancellation is thrown, after the clean-up.</returns>
    public async Task<RunResult> RunAsync(RestoreRequest request, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        RestorePlan plan;
        try
        {
            // At a start a run may come to a guest before the recovery does.
            foreach (var said in await _runtime.Recovery.RecoverAsync(request.Target, cancellation))
            {
                events.Report(new BackupEvent.Logged(null, _runtime.Time.GetLocalNow(), LogLevel.Info, said));
            }

            plan = await PlanAsync(request, cancellation);
        }
        catch (Exception error) when (!FailureReason.IsUnexpected(error) && error is not OperationCanceledException)
        {
            var (now, refused) = (_runtime.Time.GetLocalNow(), new TaskOutcome.Failed(error.Message, TimeSpan.Zero));
            events.Report(new BackupEvent.TasksPlanned([new PlannedTask(request.Target, null, request.Name ?? "")]));
            events.Report(new BackupEvent.TaskStarted(request.Target, now));
            events.Report(new BackupEvent.Logged(request.Target, now, LogLevel.Error, $"Restore of VM {request.Target} failed - {error.Message}"));
            events.Report(new BackupEvent.TaskFinished(request.Target, now, refused));
            return new RunResult([new TaskResult(request.Target, refused)], error.Message);
        }

        var outcome = await RunAsync(plan, events, cancellation);
        if (outcome is TaskOutcome.Cancelled)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        return new RunResult([new TaskResult(request.Target, outcome)], (outcome as TaskOutcome.Failed)?.Reason);
    }

    /// <summary>Ends or undoes what a killed program left of restores, beside those that this one works on. To be called once at the start.</summary>
    /// <returns>Sentences about what was found and done.</returns>
    public Task<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellation) => _runtime.Recovery.RecoverAsync(cancellation);

    private static void RefuseUnlessReplaceable(RestoreRequest request, GuestKind kind, GuestState existing)
    {
        var guest = existing.Guest;
        if (!request.Replace)
        {
            throw new ProblemException($"The VMID {request.Target} belongs to {guest.Name} already. Choose a free one, or let the restore replace that guest.");
        }

        if (request.ReplacedName is { } name && name != guest.Name)
        {
            throw new ProblemException($"The guest {guest.Id} is called {guest.Name}, and {name} was to be replaced. Look at what there is now, and start the restore again.");
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
    ClusterGuests Cluster,
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
