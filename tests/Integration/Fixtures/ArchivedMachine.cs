using System.Text;
using VzDump.Engine.Host;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>
/// A machine whose disk has what people's disks have: a partition table, ext4, a FAT file system, a volume group with a logical volume, and swap. Backed up once
/// for all tests of a class.
/// </summary>
public sealed class ArchivedMachine : IAsyncLifetime
{
    /// <summary>Of the file <c>deep/big</c>; more than one piece.</summary>
    public const int BigBytes = 20_000_000;

    private static readonly string[] Making =
    [
        "run",
        "part-init /dev/sda gpt", "part-add /dev/sda p 2048 206847", "part-add /dev/sda p 206848 309247", "part-add /dev/sda p 309248 411647", "part-add /dev/sda p 411648 432127",
        "mkfs ext4 /dev/sda1 label:system", "mkfs vfat /dev/sda2", "pvcreate /dev/sda3", "vgcreate data /dev/sda3", "lvcreate files data 40", "mkfs ext4 /dev/data/files", "mkswap /dev/sda4",
        "mount /dev/sda1 /",
        "mkdir-p /etc/app", "write /etc/hostname \"web\\n\"", "mkdir /deep", "upload BIG /deep/big", "ln-s /etc/hostname /link", "mkfifo 0600 /pipe",
        "write \"/etc/it's \\\\ \\\"odd\\\"\\x1b\\nname\" odd", "write \"/etc/two words\" words", "chmod 0640 /etc/hostname", "chown 33 44 /etc/hostname", "ln-s ../../../../.. /up",
        "umount /", "mount /dev/sda2 /", "write /BOOT.TXT boot", "umount /", "mount /dev/data/files /", "write /inside.txt \"in a logical volume\"", "umount /",
    ];

    public EngineHarness Harness { get; } = new();

    public string Archive { get; private set; } = "";

    public byte[] Big { get; } = TestMachine.Noise(5, BigBytes);

    public async ValueTask InitializeAsync()
    {
        await TestMachine.MakeAsync(Harness, 500, "name: web\n", ("scsi0", null, 256 << 20), ("virtio1", null, 8 << 20));
        var image = new TestMachine(Harness, 500).Disk(0);
        var big = Path.Combine(Harness.Folder, "big");
        await File.WriteAllBytesAsync(big, Big);
        await MakeAsync(image, string.Join('\n', Making).Replace("BIG", big, StringComparison.Ordinal));
        var (result, events) = await Harness.BackUpAsync(EngineHarness.Stop(VzDump.Engine.Compression.CompressionKind.Zstd), 500);
        Assert.True(result.Succeeded, events.Text);
        Archive = Directory.EnumerateFiles(Harness.Dump, "*.vma.zst").Single();
    }

    public async ValueTask DisposeAsync()
    {
        await Harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    // Without KVM, which machines that run tests often have none of that works.
    private static async Task MakeAsync(string image, string commands)
    {
        var complaints = new List<string>();
        await using var program = new HostPrograms().Start(
            new HostCommand("guestfish", "--rw", "--format=raw", $"--add={image}") { Environment = new Dictionary<string, string> { ["LIBGUESTFS_BACKEND"] = "direct", ["LIBGUESTFS_BACKEND_SETTINGS"] = "force_tcg" } },
            complaints.Add);
        await program.Input.WriteAsync(Encoding.UTF8.GetBytes(commands + "\n"));
        program.Input.Close();
        var exit = await program.Exit;
        await program.ErrorLinesRead;
        Assert.True(exit.Succeeded, string.Join('\n', complaints));
    }
}
