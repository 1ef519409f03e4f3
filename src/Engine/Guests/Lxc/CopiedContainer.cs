using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>Suspend mode: the container's files are copied, and the copy is archived. It stands still for the second step of copying only.</summary>
internal sealed class CopiedContainer(ContainerPlan plan, ContainerArchive archive, TreeCopy copy, ContainerWatch? watch, Func<Task> start, PreparationRequest request, HostPrograms programs) : IPreparedGuest
{
    private PrivateMounts? _mounts;

    public bool MustSuspendToCut => false;

    public bool GoesOnAfterCut => false;

    public string? Mishap => watch?.Mishap;

    public Task CopyAsync(CancellationToken cancellation) => WatchedAsync(() => copy.FirstAsync(cancellation));

    public Task CutAsync(CancellationToken cancellation) => WatchedAsync(() => copy.FinalAsync(cancellation));

    public async Task<GuestContent> OpenContentAsync(CancellationToken cancellation)
    {
        await WatchedAsync(copy.FinishAsync);
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

    // When the container ended, that is the reason, whatever came of it in the copy.
    private async Task WatchedAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (ProblemException)
        {
            watch?.ThrowIfEnded();
            throw;
        }

        watch?.ThrowIfEnded();
    }
}
