using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Suspend mode: the container's files are copied, and the copy is archived. It stands still for the second step of copying only.</summary>
internal sealed class CopiedContainer(ContainerPlan plan, ContainerArchive archive, TreeCopy copy, ContainerWatch? watch, Func<Task> start, PreparationRequest request, HostPrograms programs) : IPreparedGuest
{
    private PrivateMounts? _mounts;

    public bool MustSuspendToCut => false;

    public bool GoesOnAfterCut => false;

    public string? Mishap => watch?.Mishap;

    public async Task CopyAsync(CancellationToken cancellation)
    {
        await copy.FirstAsync(cancellation);
        watch?.ThrowIfEnded();
    }

    public async Task CutAsync(CancellationToken cancellation)
    {
        await copy.FinalAsync(cancellation);
        watch?.ThrowIfEnded();
    }

    public async Task<GuestContent> OpenContentAsync(CancellationToken cancellation)
    {
        await copy.FinishAsync();
        watch?.ThrowIfEnded();
        if (plan.IdMap.Count == 0)
        {
            return archive.Tree(copy.Folder, []);
        }

        // The container's root may not pass the folders above the copy, which are root's own.
        _mounts = await new VolumeMounts(programs, request.Log).OpenAsync(
            [new ContainerVolume("rootfs", "/", new VolumeSource.Folder(copy.Folder))],
            (_, mounts, folder) => mounts.MountAsync(copy.Folder, folder, type: null, "bind,ro", cancellation),
            cancellation);
        return archive.Tree(PrivateMounts.Root, plan.IdMap, _mounts);
    }

    public async ValueTask DisposeAsync()
    {
        await copy.DisposeAsync();
        if (_mounts is not null)
        {
            await _mounts.DisposeAsync();
        }

        if (watch is not null)
        {
            using (watch)
            {
                await watch.EndAsync(start, CancellationToken.None);
            }
        }
    }
}
