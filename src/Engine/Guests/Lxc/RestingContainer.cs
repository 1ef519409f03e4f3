using VzDump.Engine.Host;

namespace VzDump.Engine.Guests.Lxc;

/// <summary>A container that is stopped while its volumes are read from where they lie.</summary>
internal sealed class RestingContainer(ContainerPlan plan, ContainerArchive archive, PreparationRequest request, HostPrograms programs) : IPreparedGuest
{
    public const string ActivatedTrace = "lvm-activated";

    private readonly List<GuestTrace> _activated = [];
    private PrivateMounts? _mounts;

    public bool MustSuspendToCut => false;

    public bool GoesOnAfterCut => false;

    public Task CopyAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task CutAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async Task<GuestContent> OpenContentAsync(CancellationToken cancellation)
    {
        // A single folder needs no mount, and then no root either.
        if (plan.Volumes is [{ Source: VolumeSource.Folder { Path: var root } }] && (plan.IdMapOnDisk.Count == 0 || FileFacts.IsOpenToAll(root)))
        {
            return archive.Tree(root, plan.IdMapOnDisk);
        }

        var volumeMounts = new VolumeMounts(programs, request.Log);
        _mounts = await volumeMounts.OpenAsync(plan.Volumes, async (volume, mounts, folder) =>
        {
            if (volume.Source is VolumeSource.Logical logical && !File.Exists(logical.Device))
            {
                // Proxmox VE puts a stopped container's volumes to sleep.
                var trace = new GuestTrace(ActivatedTrace, $"{logical.Group}/{logical.Name}");
                await request.Traces.RememberAsync(trace, cancellation);
                _activated.Add(trace);
                await programs.DoAsync(new HostCommand("lvchange", "-ay", trace.Value), cancellation);
            }

            await volumeMounts.MountAsync(volume.Source, mounts, folder, cancellation);
        }, cancellation);
        return archive.Tree(PrivateMounts.Root, plan.IdMapOnDisk, _mounts, await VolumeMounts.OtherFileSystemsAsync(plan.Volumes, _mounts, cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounts is not null)
        {
            await _mounts.DisposeAsync();
        }

        foreach (var trace in _activated)
        {
            await programs.DoAsync(new HostCommand("lvchange", "-an", trace.Value), CancellationToken.None);
            await request.Traces.ForgetAsync(trace, CancellationToken.None);
        }
    }
}
