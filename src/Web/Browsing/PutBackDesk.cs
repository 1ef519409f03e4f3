using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;
using VzDump.Web.Archives;
using VzDump.Web.Guests;
using VzDump.Web.SignIn;

namespace VzDump.Web.Browsing;

/// <summary>Puts files of archives into containers for pages and endpoints, no further than the rights of who asks allow.</summary>
public sealed class PutBackDesk(ArchiveDesk archives, PutBackEngine engine, GuestInventory guests, BackupRuns runs)
{
    /// <summary>The containers that are his.</summary>
    public async Task<IReadOnlyList<GuestState>> ListTargetsAsync(Rights rights, CancellationToken cancellation) =>
        [.. rights.See(await guests.ListAsync(cancellation)).Guests.Where(state => state.Guest.Kind is GuestKind.Lxc)];

    /// <summary>What would be done. Nothing is.</summary>
    /// <param name="folder">Null for each file's own place.</param>
    /// <exception cref="ProblemException">It cannot be done so, or he may not.</exception>
    public async Task<PutBackPlan> PlanAsync(Rights rights, ArchiveId id, IEnumerable<string> paths, GuestId target, string? folder, CancellationToken cancellation) =>
        await engine.PlanAsync(await RequestAsync(rights, id, paths, target, folder, cancellation), cancellation);

    /// <summary>Queues it; answers its run.</summary>
    /// <exception cref="ProblemException">It cannot be done so, or he may not.</exception>
    public async Task<Guid> StartAsync(Rights rights, ArchiveId id, IEnumerable<string> paths, GuestId target, string? folder, CancellationToken cancellation)
    {
        var request = await RequestAsync(rights, id, paths, target, folder, cancellation);
        await engine.PlanAsync(request, cancellation);
        return await runs.StartPutBackAsync(request, rights.Who, cancellation);
    }

    private async Task<PutBackRequest> RequestAsync(Rights rights, ArchiveId id, IEnumerable<string> paths, GuestId target, string? folder, CancellationToken cancellation)
    {
        rights.Need(Role.Operator, target);
        var archive = await archives.FindAsync(rights, id, cancellation) ?? throw new ProblemException($"There is no archive '{id.Name}' on the storage '{id.Storage}'.");
        return new PutBackRequest { ArchivePath = archive.Path, Paths = [.. paths], Target = target, Folder = string.IsNullOrWhiteSpace(folder) ? null : folder.Trim() };
    }
}
