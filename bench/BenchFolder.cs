namespace VzDump.Bench;

/// <summary>A folder with a container's files, a machine's image and the configuration of both. Disposing deletes it.</summary>
internal sealed class BenchFolder : IDisposable
{
    public const int Container = 101, Machine = 100;

    public BenchFolder()
    {
        Directory.CreateDirectory(Archives);
        Directory.CreateDirectory(Empty);
        Directory.CreateDirectory(Prepared);
        Directory.CreateDirectory(Tree);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Image)!);
        Write("storage.cfg", $"dir: local\n\tpath {Storage}\n\tcontent backup,images,rootdir\n");
        Write($"lxc/{Container}.conf", $"arch: amd64\nhostname: bench-container\nmemory: 256\nostype: unmanaged\nrootfs: local:{Container}/subvol-{Container}-disk-0.subvol,size=0T\n");
        Write($"qemu-server/{Machine}.conf", $"boot: order=scsi0\nmemory: 512\nname: bench-machine\nostype: l26\nscsi0: local:{Machine}/vm-{Machine}-disk-0.raw\n");
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("vzdump-bench-").FullName;

    /// <summary>Where both sides write to.</summary>
    public string Archives => System.IO.Path.Combine(Storage, "dump");

    /// <summary>Archives that are read, not written.</summary>
    public string Prepared => System.IO.Path.Combine(Path, "prepared");

    /// <summary>The container's files.</summary>
    public string Tree => System.IO.Path.Combine(Storage, "images", $"{Container}", $"subvol-{Container}-disk-0.subvol");

    public string Image => System.IO.Path.Combine(Storage, "images", $"{Machine}", $"vm-{Machine}-disk-0.raw");

    public string Empty => System.IO.Path.Combine(Path, "empty");

    private string Storage => System.IO.Path.Combine(Path, "storage");

    /// <summary>Removes what a run has written.</summary>
    public void Clear()
    {
        foreach (var file in Directory.EnumerateFiles(Archives))
        {
            File.Delete(file);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private void Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
