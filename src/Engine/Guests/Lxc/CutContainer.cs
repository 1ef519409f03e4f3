using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>A volume with the way its snapshot is made.</summary>
internal sealed record CutVolume(ContainerVolume Volume, IVolumeSnapshots Snapshots, GuestTrace Snapshot);

/// <summary>Snapshot mode: the container stands still for as long as the snapshots of its volumes take, and those are archived.</summary>
internal sealed class CutContainer(ContainerPlan plan, ContainerArchive archive, IReadOnlyList<CutVolume> volumes, int init, ContainerWatch? watch, Func<Task> start, PreparationRequest request, HostPrograms programs, TimeProvider time) : IPreparedGuest
{
    private const int RemovalTries = 10;
    private static readonly TimeSpan RemovalPause = TimeSpan.FromMilliseconds(200);
    private PrivateMounts? _mounts;
    private bool _isCut;

    /// <summary>Also for one volume: a snapshot of it may hold a later write of a running container without an earlier one to another file.</summary>
    public bool MustSuspendToCut => true;

    public bool GoesOnAfterCut => false;

    public string? Mishap => watch?.Mishap;

    public Task CopyAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async Task CutAsync(CancellationToken cancellation)
    {
        request.Log.Info("create storage snapshot 'vzdump'");
        _isCut = true; // or half so
        await Task.WhenAll(volumes.Select(async cut =>
        {
            if (cut.Volume.Source is VolumeSource.Image)
            {
                Flush(cut.Volume);
            }

            await cut.Snapshots.TakeAsync(cut.Volume.Source, cut.Snapshot.Value, cancellation);
        }));
        watch?.ThrowIfEnded();
    }

    /// <summary>Writes out what the images' file systems hold in memory. Done once before the container stands still, there is little left to do then.</summary>
    public void Flush(ContainerVolume volume)
    {
        try
        {
            FileClone.FlushFileSystem(FormattableString.Invariant($"/proc/{init}/root{volume.Inside}"));
        }
        catch (IOException failed)
        {
            throw new ProblemException($"The volume {volume.Key} could not be written out before its snapshot: {failed.Message}", failed);
        }
    }

    public async Task<GuestContent> OpenContentAsync(CancellationToken cancellation)
    {
        watch?.ThrowIfEnded();
        _mounts = await new VolumeMounts(programs, request.Log).OpenAsync(
            plan.Volumes,
            (volume, mounts, folder) =>
            {
                var cut = volumes.First(cut => cut.Volume == volume);
                return cut.Snapshots.MountAsync(volume.Source, cut.Snapshot.Value, mounts, folder, cancellation);
            },
            cancellation);
        return archive.Tree(PrivateMounts.Root, plan.IdMapOnDisk, _mounts, await VolumeMounts.OtherFileSystemsAsync(plan.Volumes, _mounts, cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounts is not null)
        {
            await _mounts.DisposeAsync();
        }

        var left = new List<string>();
        if (_isCut)
        {
            request.Log.Info("cleanup temporary 'vzdump' snapshot");
        }

        foreach (var cut in volumes)
        {
            try
            {
                await RemoveAsync(cut);
                await request.Traces.ForgetAsync(cut.Snapshot, CancellationToken.None);
            }
            catch (ProblemException failed)
            {
                left.Add(failed.Message);
            }
        }

        if (watch is not null)
        {
            using (watch)
            {
                await watch.EndAsync(start, CancellationToken.None);
            }
        }

        if (left.Count > 0)
        {
            throw new ProblemException($"A snapshot stays; the next start tries again to remove it: {string.Join("; ", left)}");
        }
    }

    private async Task RemoveAsync(CutVolume cut)
    {
        for (var tries = 1; _isCut; tries++)
        {
            try
            {
                await cut.Snapshots.RemoveAsync(cut.Snapshot.Value, CancellationToken.None);
                return;
            }
            catch (ProblemException) when (tries < RemovalTries)
            {
                // Something has just let go of it, and the kernel is still at it.
                await Task.Delay(RemovalPause, time, CancellationToken.None);
            }
        }
    }
}
