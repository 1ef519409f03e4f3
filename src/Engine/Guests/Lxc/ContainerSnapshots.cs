using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Chooses how each volume of a container is snapshotted.</summary>
internal sealed class ContainerSnapshots(HostPrograms programs)
{
    private readonly IReadOnlyList<IVolumeSnapshots> _kinds = [new BtrfsSnapshots(programs), new ImageClones(programs), new ZfsSnapshots(programs), new ThinSnapshots(programs)];

    /// <summary>A snapshot for each volume; null when one of them can have none.</summary>
    public async Task<IReadOnlyList<CutVolume>?> PlanAsync(ContainerPlan plan, string stem, CancellationToken cancellation)
    {
        var cuts = new List<CutVolume>();
        foreach (var volume in plan.Volumes)
        {
            if (await FindAsync(volume.Source, cancellation) is not { } kind)
            {
                return null;
            }

            cuts.Add(new CutVolume(volume, kind, new GuestTrace(kind.Trace, kind.NameOf(volume.Source, stem))));
        }

        return cuts;
    }

    /// <summary>Removes what dead runs left of this container's volumes, also those whose notes were lost. One run works on a guest at a time, so none is in use.</summary>
    public async Task RemoveLeftoversAsync(ContainerPlan plan, GuestId guest, ITaskLog log, CancellationToken cancellation)
    {
        foreach (var volume in plan.Volumes)
        {
            if (await FindAsync(volume.Source, cancellation) is { } kind)
            {
                foreach (var snapshot in await kind.LeftoversAsync(volume.Source, guest, cancellation))
                {
                    log.Info($"found old vzdump snapshot '{snapshot}' (force removal)");
                    await kind.RemoveAsync(snapshot, cancellation);
                }
            }
        }
    }

    /// <summary>What a trace names; fine when it is gone, or is of no kind that is known here.</summary>
    /// <exception cref="ProblemException">It stays.</exception>
    public Task RemoveAsync(GuestTrace trace, CancellationToken cancellation) =>
        _kinds.FirstOrDefault(kind => kind.Trace == trace.What)?.RemoveAsync(trace.Value, cancellation) ?? Task.CompletedTask;

    private async Task<IVolumeSnapshots?> FindAsync(VolumeSource source, CancellationToken cancellation)
    {
        foreach (var kind in _kinds)
        {
            if (await kind.CanAsync(source, cancellation))
            {
                return kind;
            }
        }

        return null;
    }
}
