using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Lxc;
using VzDump.Engine.Guests.Qemu;
using VzDump.Jobs.History;
using VzDump.Jobs.Saved;
using VzDump.Web.Archives;
using VzDump.Web.Overview;
using VzDump.Web.Proofs;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Guests;

/// <summary>Reads together what the page of one guest shows.</summary>
public sealed class GuestDesk(
    GuestInventory guests, ArchiveDesk archives, PastBackups past, BackupJobs jobs, RunDesk runs, ContainerVolumes containers, MachineVolumes machines, ProofDesk proofs, NodePaths paths, TimeProvider time)
{
    /// <summary>How far back the history goes.</summary>
    public static readonly TimeSpan Reach = TimeSpan.FromDays(365);

    /// <summary>An element whenever some run or job has changed.</summary>
    public IAsyncEnumerable<long> WatchAllAsync(CancellationToken cancellation) => runs.WatchAllAsync(cancellation);

    /// <summary>Null when there is no such guest and nothing is left of one, for him.</summary>
    public async Task<GuestView?> ReadAsync(Rights rights, GuestId id, CancellationToken cancellation)
    {
        var listing = rights.See(await guests.ListAsync(cancellation));
        var kept = await archives.ListAsync(rights, cancellation);
        var history = rights.See(await past.ListAsync(time.GetUtcNow() - Reach, cancellation));
        var state = listing.Guests.FirstOrDefault(state => state.Guest.Id == id);
        var own = kept.Archives.Where(archive => archive.Guest == id).ToList();
        var backups = history.Backups.Where(backup => backup.Guest == id).ToList();
        if (state is null && own.Count == 0 && backups.Count == 0)
        {
            return null;
        }

        var covering = await OverviewBoard.CoverAsync(await jobs.ListAsync(cancellation), listing, paths, cancellation);
        var (volumes, problem) = await VolumesAsync(state?.Guest, cancellation);
        return new GuestView(id, state, own, await archives.ListChecksAsync(cancellation), backups, [.. covering.Where(job => job.Guests.Contains(id))], volumes, problem) { MayRun = rights.May(Role.Operator), Proof = (await proofs.ListAsync(rights, cancellation)).StateOf(id, time.GetUtcNow()) };
    }

    private async Task<(IReadOnlyList<VolumeDecision> Volumes, string? Problem)> VolumesAsync(Guest? guest, CancellationToken cancellation)
    {
        try
        {
            return (guest switch
            {
                null => [],
                { Kind: GuestKind.Lxc } => await containers.ListAsync(guest, cancellation),
                _ => await machines.ListAsync(guest, cancellation),
            }, null);
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            return ([], error.Message);
        }
    }
}

/// <summary>What the page of one guest shows.</summary>
/// <param name="State">Null when the guest does not exist any more.</param>
/// <param name="Backups">Of the last year, newest first.</param>
/// <param name="VolumesProblem">Why the volumes cannot be told, or cannot be archived.</param>
public sealed record GuestView(
    GuestId Id, GuestState? State, IReadOnlyList<Archive> Archives, IReadOnlyDictionary<string, CheckedArchive> Checks, IReadOnlyList<PastBackup> Backups, IReadOnlyList<CoveringJob> Jobs,
    IReadOnlyList<VolumeDecision> Volumes, string? VolumesProblem)
{
    public bool MayRun { get; init; }

    /// <summary>Whether it is shown that the guest comes back.</summary>
    public ProofState Proof { get; init; } = ProofState.Never;

    public string Name => State?.Guest.Name ?? Backups.Select(backup => backup.Name).FirstOrDefault(name => name is not null) ?? $"Guest {Id}";

    public GuestKind? Kind => State?.Guest.Kind ?? Archives.Select(archive => (GuestKind?)archive.Kind).FirstOrDefault() ?? Backups.Select(backup => backup.Kind).FirstOrDefault();
}
