namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A machine with raw disks on the storage <c>local</c>, made from a configuration and a few kinds of disk.</summary>
public sealed class TestMachine(EngineHarness harness, int vmid)
{
    public string Images => Path.Combine(harness.Folder, "storage/local/images", $"{vmid}");

    public string Config => Path.Combine(harness.Folder, "qemu-server", $"{vmid}.conf");

    /// <param name="disks">Key and content of each; a null content is all hole.</param>
    public static async Task<TestMachine> MakeAsync(EngineHarness harness, int vmid, string config, params (string Key, byte[]? Content, long Size)[] disks)
    {
        var machine = new TestMachine(harness, vmid);
        Directory.CreateDirectory(machine.Images);
        Directory.CreateDirectory(harness.Dump);
        await File.WriteAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"dir: local\n\tpath {harness.Folder}/storage/local\n\tcontent backup,images,rootdir\n", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(machine.Config)!);
        var lines = config;
        foreach (var ((key, content, size), number) in disks.Select((disk, number) => (disk, number)))
        {
            await using var image = File.Create(machine.Disk(number));
            image.SetLength(size);
            if (content is not null)
            {
                image.Position = Math.Max(0, (size - content.Length) / 2 / 4096 * 4096);
                await image.WriteAsync(content, TestContext.Current.CancellationToken);
            }

            lines += $"{key}: local:{vmid}/vm-{vmid}-disk-{number}.raw,size=1G\n";
        }

        await File.WriteAllTextAsync(machine.Config, lines, TestContext.Current.CancellationToken);
        return machine;
    }

    public static byte[] Noise(int seed, int length)
    {
        var noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    public string Disk(int number, string format = "raw") => Path.Combine(Images, $"vm-{vmid}-disk-{number}.{format}");

    public IEnumerable<string?> Files() => Directory.Exists(Images) ? Directory.EnumerateFileSystemEntries(Images).Select(Path.GetFileName).Order(StringComparer.Ordinal) : [];

    public Task<string> TextAsync() => File.ReadAllTextAsync(Config, TestContext.Current.CancellationToken);
}
