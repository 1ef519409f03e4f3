using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Runs;
using VzDump.Web.Archives;
using VzDump.Web.Guests;
using VzDump.Web.SignIn;

namespace VzDump.Web.Restores;

/// <summary>Restores and checks of archives for pages: looks up what can be chosen, previews, and starts them as runs, no further than the rights of who asks allow.</summary>
public sealed class RestoreDesk(ArchiveDesk archives, RestoreEngine engine, GuestInventory guests, BackupRuns runs, AuditTrail audit)
{
    // After that it is stopped by force, as Proxmox VE does.
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromMinutes(3);

    /// <summary>Null when there is no such archive for him.</summary>
    /// <exception cref="ProblemException">He may not restore, or the archive cannot be.</exception>
    public async Task<RestoreSubject?> FindAsync(Rights rights, ArchiveId id, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        if (await archives.FindAsync(rights, id, cancellation) is not { } archive)
        {
            return null;
        }

        var nextFree = await engine.NextFreeAsync(cancellation);
        var storages = await engine.ListStoragesAsync(archive.Kind, cancellation);

        // As a new guest: so its volumes are known even where its own VMID is taken.
        var plan = await engine.PlanAsync(new RestoreRequest { ArchivePath = archive.Path, Target = nextFree, Name = CopyName(nextFree) }, cancellation);
        return new RestoreSubject(archive, nextFree, plan.Volumes, storages, await ListGuestsAsync(rights, cancellation));
    }

    public async Task<IReadOnlyList<GuestState>> ListGuestsAsync(Rights rights, CancellationToken cancellation) => rights.See(await guests.ListAsync(cancellation)).Guests;

    /// <summary>What would be made and replaced. Nothing is done.</summary>
    /// <exception cref="ProblemException">It cannot be done so, or he may not.</exception>
    public Task<RestorePlan> PlanAsync(Rights rights, RestoreRequest request, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        return rights.Sees(request.Target)
            ? engine.PlanAsync(request, cancellation)
            : throw new ProblemException($"You may only restore to guests that are yours, and {request.Target} is none of them. Choose another VMID, or ask an administrator.");
    }

    /// <summary>Queues the restore; answers its run.</summary>
    /// <exception cref="ProblemException">It cannot be done so, or he may not.</exception>
    public async Task<Guid> StartAsync(Rights rights, ArchiveId id, RestoreRequest request, CancellationToken cancellation)
    {
        var archive = await NeedArchiveAsync(rights, id, cancellation);
        request = request with { ArchivePath = archive.Path };
        await PlanAsync(rights, request, cancellation);
        return await runs.StartRestoreAsync(request, rights.Who, cancellation);
    }

    /// <summary>Shuts a guest down, so that it can be replaced; by force after three minutes.</summary>
    /// <exception cref="ProblemException">It still runs, or he may not.</exception>
    public async Task ShutDownAsync(Rights rights, Guest guest, CancellationToken cancellation)
    {
        rights.Need(Role.Operator, guest.Id);
        await audit.AddAsync(rights.Who, "guest shut down", guest.Id.ToString(), "to be replaced by a restore", cancellation);
        await guests.DriverOf(guest.Kind).StopAsync(guest, ShutdownTime, cancellation);
    }

    /// <summary>Queues a check of the archive; answers its run.</summary>
    /// <exception cref="ProblemException">There is no such archive, it is nobody's, or he may not.</exception>
    public async Task<Guid> VerifyAsync(Rights rights, ArchiveId id, CancellationToken cancellation)
    {
        var archive = await NeedArchiveAsync(rights, id, cancellation);
        var guest = archive.Guest ?? throw new ProblemException($"'{id.Name}' was renamed: whose archive it is cannot be told from its name. Give it its name back, then it can be checked.");
        return await runs.StartVerifyAsync(archive.Path, guest, rights.Who, cancellation);
    }

    private async Task<Archive> NeedArchiveAsync(Rights rights, ArchiveId id, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        return await archives.FindAsync(rights, id, cancellation) ?? throw new ProblemException($"There is no archive '{id.Name}' on the storage '{id.Storage}' any more.");
    }

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
