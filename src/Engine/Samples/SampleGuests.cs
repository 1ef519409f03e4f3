using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Samples;

/// <summary>The two guests that an empty installation offers for trying it out.</summary>
public sealed class SampleGuests(NodePaths paths, GuestInventory inventory, HostPrograms programs, TimeProvider time)
{
    private const int Container = 101;
    private const int Machine = 100;
    private const string ContainerVolume = "subvol-101-disk-0.subvol";
    private const string MachineVolume = "vm-100-disk-0.raw";

    private string StorageFolder => Path.Combine(paths.DataFolder, "storage", "local");

    private string Images => Path.Combine(StorageFolder, "images");

    /// <summary>Makes a storage and them when the data folder is new and the host has no guest of its own. True when it made the guests.</summary>
    public async Task<bool> MakeOnFirstStartAsync(CancellationToken cancellation)
    {
        // storage.cfg is the mark of an installation that has begun: it is written once, and last.
        if (paths.IsProxmox || File.Exists(paths.StorageConfig))
        {
            return false;
        }

        Directory.CreateDirectory(Path.Combine(StorageFolder, "dump"));
        Directory.CreateDirectory(paths.LxcFolder);
        Directory.CreateDirectory(paths.QemuFolder);
        var own = await inventory.ListAsync(cancellation);
        var make = own is { Guests.Count: 0, Problems.Count: 0 };
        if (make)
        {
            await MakeContainerAsync(cancellation);
            await MakeMachineAsync(cancellation);
        }

        await AtomicFile.WriteAsync(paths.StorageConfig, $"dir: local\n\tpath {StorageFolder}\n\tcontent backup,images,rootdir\n", cancellation);
        return make;
    }

    /// <summary>Removes both guests with their volumes; their archives stay.</summary>
    /// <exception cref="ProblemException">One of them is being backed up.</exception>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var samples = (await inventory.ListAsync(cancellation)).Guests.Where(state => state.Guest.IsSample).ToList();
        foreach (var state in samples)
        {
            GuestFiles.RefuseLocked(state.Guest, state.Lock);
        }

        foreach (var state in samples)
        {
            File.Delete(state.Guest.ConfigPath);
            var volumes = Path.Combine(Images, state.Guest.Id.ToString());
            if (Directory.Exists(volumes))
            {
                await Task.Run(() => Directory.Delete(volumes, recursive: true), cancellation);
            }
        }
    }

    private async Task MakeContainerAsync(CancellationToken cancellation)
    {
        var root = Path.Combine(Images, $"{Container}", ContainerVolume);
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        await SampleTree.MakeAsync(root, time.GetUtcNow(), cancellation);
        await AtomicFile.WriteAsync(
            Path.Combine(paths.LxcFolder, $"{Container}.conf"),
            $"{GuestFiles.SampleMark}\narch: amd64\ncores: 1\nhostname: sample-container\nmemory: 256\nostype: unmanaged\nrootfs: local:{Container}/{ContainerVolume},size=0T\nswap: 0\n",
            cancellation);
    }

    private async Task MakeMachineAsync(CancellationToken cancellation)
    {
        if (programs.Find("mke2fs") is null)
        {
            return; // the container alone shows the way
        }

        var folder = Path.Combine(Images, $"{Machine}");
        Directory.CreateDirectory(folder);
        var image = Path.Combine(folder, MachineVolume);
        File.Delete(image);
        var content = Path.Combine(folder, "content");
        await SampleTree.MakeAsync(content, time.GetUtcNow(), cancellation);
        var made = await programs.RunAsync(new HostCommand("mke2fs", "-q", "-F", "-t", "ext4", "-L", "sample", "-d", content, image, "64M"), cancellation);
        Directory.Delete(content, recursive: true);
        if (!made.Exit.Succeeded)
        {
            throw new ProblemException($"The sample disk could not be made: {made.Complaint}.");
        }

        await AtomicFile.WriteAsync(
            Path.Combine(paths.QemuFolder, $"{Machine}.conf"),
            $"{GuestFiles.SampleMark}\nboot: order=scsi0\ncores: 1\nmemory: 512\nname: sample-vm\nostype: l26\nscsi0: local:{Machine}/{MachineVolume},size=64M\nscsihw: virtio-scsi-single\n",
            cancellation);
    }
}
