using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Engine.Storages;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Runs;

namespace VzDump.Web.Restores;

/// <summary>Restores and checks of archives for pages: looks up what can be chosen, previews, and starts them as runs.</summary>
public sealed class RestoreDesk(ArchiveCatalogue archives, RestoreEngine engine, GuestInventory guests, BackupRuns runs, AuditTrail audit)
{
    // After that it is stopped by force, as Proxmox VE does.
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromMinutes(3);

    /// <summary>Null when there is no such archive.</summary>
    public async Task<RestoreSubject?> FindAsync(ArchiveId id, CancellationToken cancellation)
    {
        if (await FindArchiveAsync(id, cancellation) is not { } archive)
        {
            return null;
        }

        var nextFree = await engine.NextFreeAsync(cancellation);
        var storages = await engine.ListStoragesAsync(archive.Kind, cancellation);

        // As a new guest: so its volumes are known even where its own VMID is taken.
        var plan = await engine.PlanAsync(new RestoreRequest { ArchivePath = archive.Path, Target = nextFree, Name = CopyName(nextFree) }, cancellation);
        return new RestoreSubject(archive, nextFree, plan.Volumes, storages, await ListGuestsAsync(cancellation));
    }

    public async Task<IReadOnlyList<GuestState>> ListGuestsAsync(CancellationToken cancellation) => (await guests.ListAsync(cancellation)).Guests;

    /// <summary>What would be made and replaced. Nothing is done.</summary>
    /// <exception cref="ProblemException">It cannot be done so.</exception>
    public Task<RestorePlan> PlanAsync(RestoreRequest request, CancellationToken cancellation) => engine.PlanAsync(request, cancellation);

    /// <summary>Queues the restore; answers its run.</summary>
    /// <exception cref="ProblemException">It cannot be done so.</exception>
    public async Task<Guid> StartAsync(RestoreRequest request, string by, CancellationToken cancellation)
    {
        await engine.PlanAsync(request, cancellation);
        var run = await runs.StartRestoreAsync(request, by, cancellation);
        await audit.AddAsync(by, "restore started", Path.GetFileName(request.ArchivePath), request.Replace ? $"replaces guest {request.Target}" : $"as guest {request.Target}", CancellationToken.None);
        return run;
    }

    /// <summary>Shuts a guest down, so that it can be replaced; by force after three minutes.</summary>
    /// <exception cref="ProblemException">It still runs.</exception>
    public async Task ShutDownAsync(Guest guest, string by, CancellationToken cancellation)
    {
        await guests.DriverOf(guest.Kind).StopAsync(guest, ShutdownTime, cancellation);
        await audit.AddAsync(by, "guest shut down", guest.Id.ToString(), "to be replaced by a restore", CancellationToken.None);
    }

    /// <summary>Queues a check of the archive; answers its run.</summary>
    /// <exception cref="ProblemException">There is no such archive, or it is nobody's.</exception>
    public async Task<Guid> VerifyAsync(ArchiveId id, string by, CancellationToken cancellation)
    {
        var archive = await FindArchiveAsync(id, cancellation) ?? throw new ProblemException($"There is no archive '{id.Name}' on the storage '{id.Storage}' any more.");
        var guest = archive.Guest ?? throw new ProblemException($"'{id.Name}' was renamed: whose archive it is cannot be told from its name. Give it its name back, then it can be checked.");
        return await runs.StartVerifyAsync(archive.Path, guest, by, cancellation);
    }

    private async Task<Archive?> FindArchiveAsync(ArchiveId id, CancellationToken cancellation) =>
        (await archives.ListAsync(cancellation)).Archives.FirstOrDefault(archive => archive.Storage == id.Storage && archive.Name == id.Name);

    // Only to look: a plain LXC container of the archived name may be there.
    private static string CopyName(GuestId free) => $"restore-{free}";
}

/// <summary>An archive that may become a guest.</summary>
/// <param name="Volumes">As they would be made in a new guest.</param>
/// <param name="Storages">Names of those that can take them.</param>
public sealed record RestoreSubject(Archive Archive, GuestId NextFree, IReadOnlyList<NewVolume> Volumes, IReadOnlyList<string> Storages, IReadOnlyList<GuestState> Guests)
{
    /// <summary>Whether the volumes go where storage.cfg says; a plain LXC container's have a folder of their own.</summary>
    public bool HasStorages => Volumes.Any(volume => !volume.Id.StartsWith("dir:", StringComparison.Ordinal));
}
