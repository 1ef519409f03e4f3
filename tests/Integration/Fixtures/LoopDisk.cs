namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A real file system in a file, mounted on a folder.</summary>
public sealed class LoopDisk : IAsyncDisposable
{
    private readonly string _image;

    private LoopDisk(string folder, string image)
    {
        Folder = folder;
        _image = image;
    }

    public string Folder { get; }

    /// <param name="type"><c>btrfs</c>, or <c>xfs</c>, which is made with reflinks.</param>
    public static async Task<LoopDisk> MountAsync(string folder, string type, int mebibytes = 400)
    {
        var image = Path.GetTempFileName();
        Directory.CreateDirectory(folder);
        await Shell.RunAsync("truncate", "-s", $"{mebibytes}M", image);
        await Shell.RunAsync($"mkfs.{type}", "-q", "-f", image);
        await Shell.RunAsync("mount", "-o", "loop", image, folder);
        return new LoopDisk(folder, image);
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("umount", "-l", Folder);
        File.Delete(_image);
    }
}
