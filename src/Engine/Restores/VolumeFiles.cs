using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Restores;

/// <summary>Finds names for new volumes on storages with a folder, makes volumes, and removes them.</summary>
internal sealed class VolumeFiles(HostPrograms programs)
{
    /// <summary>A volume of its own name, which nothing has yet.</summary>
    /// <exception cref="ProblemException">The storage cannot hold it.</exception>
    public static NewVolume Plan(StorageDefinition storage, GuestId owner, string key, VolumeForm form, long sizeBytes, IEnumerable<NewVolume> others)
    {
        if (storage.IsDisabled || !storage.IsOnThisNode)
        {
            throw new ProblemException($"The storage '{storage.Name}' cannot be used: it is disabled or not for this node (storage.cfg).");
        }

        if (storage.Path is not { } path || storage.Type is "zfspool" or "lvm" or "lvmthin" or "rbd" or "cephfs" or "pbs")
        {
            throw new ProblemException($"Volumes cannot be restored to the storage '{storage.Name}' of type '{storage.Type}' yet; choose one with a folder.");
        }

        if (!Directory.Exists(path))
        {
            throw new ProblemException($"The storage '{storage.Name}' is not there: the folder {path} does not exist. Is its disk mounted?");
        }

        // e.g. local:101/vm-101-disk-0.raw, local:101/subvol-101-disk-0.subvol
        var folder = Path.Combine(path, "images", owner.ToString());
        var taken = others.Select(volume => volume.Path).ToHashSet(StringComparer.Ordinal);
        for (var number = 0; ; number++)
        {
            var name = form switch
            {
                VolumeForm.RawImage => $"vm-{owner}-disk-{number}.raw",
                VolumeForm.Qcow2Image => $"vm-{owner}-disk-{number}.qcow2",
                _ => $"subvol-{owner}-disk-{number}.subvol",
            };
            var full = Path.Combine(folder, name);
            if (!Path.Exists(full) && !taken.Contains(full))
            {
                return new NewVolume(key, $"{storage.Name}:{owner}/{name}", full, form, sizeBytes);
            }
        }
    }

    /// <summary>Makes it, empty: it reads as zeros, or holds no file.</summary>
    /// <exception cref="ProblemException">It cannot be made.</exception>
    public async Task MakeAsync(NewVolume volume, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(volume.Path)!);
            switch (volume.Form)
            {
                case VolumeForm.Folder:
                    PrivateFolder.Make(volume.Path);
                    break;
                case VolumeForm.BtrfsSubvolume:
                    await RunAsync(new HostCommand("btrfs", "subvolume", "create", volume.Path), cancellation);
                    break;
                case VolumeForm.RawImage:
                    using (var image = File.OpenHandle(volume.Path, FileMode.CreateNew, FileAccess.Write))
                    {
                        RandomAccess.SetLength(image, volume.SizeBytes); // all of it a hole
                    }

                    File.SetUnixFileMode(volume.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
                    break;
                case VolumeForm.Qcow2Image:
                    File.OpenHandle(volume.Path, FileMode.CreateNew, FileAccess.Write).Dispose();
                    using (var image = Qcow2Target.Create(volume.Path, volume.SizeBytes))
                    {
                        image.Finish();
                    }

                    File.SetUnixFileMode(volume.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The volume '{volume.Id}' cannot be made: {error.Message}", error);
        }
    }

    /// <summary>Removes it; fine when it is not there.</summary>
    /// <exception cref="ProblemException">It stays.</exception>
    public async Task RemoveAsync(string path, VolumeForm form, CancellationToken cancellation)
    {
        if (!Path.Exists(path))
        {
            return;
        }

        switch (form)
        {
            case VolumeForm.Folder:
                await PrivateFolder.RemoveAsync(path, programs, cancellation);
                break;
            case VolumeForm.BtrfsSubvolume:
                await RunAsync(new HostCommand("btrfs", "subvolume", "delete", path), cancellation);
                break;
            default:
                try
                {
                    File.Delete(path);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    throw new ProblemException($"The volume '{path}' cannot be removed: {error.Message}", error);
                }

                break;
        }
    }

    /// <summary>Makes durable what was written to the volume.</summary>
    public async Task FlushAsync(NewVolume volume, CancellationToken cancellation)
    {
        if (volume.Form is VolumeForm.RawImage or VolumeForm.Qcow2Image)
        {
            // Only this file: what else waits to be written to the same file system may take minutes.
            using var image = File.OpenHandle(volume.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            await Task.Run(() => RandomAccess.FlushToDisk(image), cancellation);
        }
        else
        {
            await RunAsync(new HostCommand("sync", "-f", volume.Path), cancellation);
        }

        AtomicFile.FlushFolder(Path.GetDirectoryName(volume.Path)!);
    }

    private async Task RunAsync(HostCommand command, CancellationToken cancellation)
    {
        var result = await programs.RunAsync(command, cancellation);
        if (!result.Exit.Succeeded)
        {
            throw new ProblemException($"'{command}' failed: {result.Complaint}.");
        }
    }
}
