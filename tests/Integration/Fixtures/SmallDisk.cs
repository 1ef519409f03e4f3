namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A small real file system, mounted on a folder.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _image;

    private SmallDisk(string folder, string image)
    {
        _folder = folder;
        _image = image;
    }

    public static async Task<SmallDisk> MountAsync(string folder, int mebibytes)
    {
        var image = Path.GetTempFileName();
        await Shell.RunAsync("truncate", "-s", $"{mebibytes}M", image);
        await Shell.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", image);
        Directory.CreateDirectory(folder);
        await Shell.RunAsync("mount", "-o", "loop", image, folder);
        return new SmallDisk(folder, image);
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("umount", "-l", _folder);
        File.Delete(_image);
    }
}
