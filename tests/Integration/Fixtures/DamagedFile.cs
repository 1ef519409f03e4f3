namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A folder on a btrfs of its own with a file that the kernel refuses to read, because its data was changed behind its checksum.</summary>
public sealed class DamagedFile : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _image;

    private DamagedFile(string folder, string image)
    {
        _folder = folder;
        _image = image;
    }

    public static async Task<DamagedFile> MakeAsync(string folder)
    {
        var image = Path.GetTempFileName();
        await Shell.ShAsync($"""
            truncate -s 128M '{image}'
            mkfs.btrfs -q -f -m single -d single '{image}'
            mount -o loop '{image}' '{folder}'
            echo fine > '{folder}/fine.txt'
            for i in $(seq 40000); do echo "the marker of the file to damage"; done > '{folder}/damaged.bin'
            sync; umount '{folder}'
            at=$(grep -abo -m1 'the marker of the file to damage' '{image}' | tail -1 | cut -d: -f1)
            printf 'X' | dd of='{image}' bs=1 seek=$((at + 8192)) conv=notrunc status=none
            mount -o loop '{image}' '{folder}'
            """);
        return new DamagedFile(folder, image);
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("umount", "-l", _folder);
        File.Delete(_image);
    }
}
