using System.Text.Json.Nodes;
using VzDump.Engine.Archives;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Host;
using VzDump.Engine.Host.Nbd;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Bench;

/// <summary>All there is to compare.</summary>
internal sealed class Comparisons(BenchFolder folder, BenchEngine engine, HostPrograms programs)
{
    private static readonly int Cores = Environment.ProcessorCount;
    private readonly Rivals _rivals = new(folder);

    /// <summary>Of all comparisons; to know them, no data needs to be made.</summary>
    public static IReadOnlyList<string> Names { get; } = ["container-plain", "container-zstd-1", "container-zstd-cores", "container-gzip-cores", "machine-plain", "machine-zstd-1", "vma-pipe", "vma-file", "vma-null", "vma-nbd", "vma-read", "verify-machine-zstd", "verify-container-zstd", "restore-machine-zstd", "digest"];

    public IEnumerable<Comparison> All()
    {
        var tree = BenchData.SizeOf(folder.Tree);
        yield return Container("container-plain", tree, new BackupSettings { Compress = CompressionKind.None });
        yield return Container("container-zstd-1", tree, Zstd(1), "zstd", "--threads=1");
        yield return Container("container-zstd-cores", tree, Zstd(Cores), "zstd", $"--threads={Cores}");
        yield return Container("container-gzip-cores", tree, Gzip(Cores), "pigz", "-p", $"{Cores}", "--rsyncable");
        yield return Container("container-gzip-cores", tree, Gzip(Cores), "gzip", "--rsyncable");

        var image = new FileInfo(folder.Image).Length;
        yield return Machine("machine-plain", image, new BackupSettings { Compress = CompressionKind.None });
        yield return Machine("machine-zstd-1", image, Zstd(1), "zstd", "--threads=1");
        yield return new Comparison("vma-pipe", "cat image | cat > /dev/null", image, VmaToPipeAsync, _rivals.PipeImageAsync);
        yield return new Comparison("vma-file", "cat image > file", image, UndigestedAsync, cancellation => _rivals.CopyImageAsync([], cancellation));
        yield return new Comparison("vma-null", "cat image > /dev/null", image, cancellation => VmaAsync(Stream.Null, cancellation), _rivals.ReadImageAsync);
        // How a running machine's disk is read, beside a stopped one's.
        yield return new Comparison("vma-nbd", "the same archive from the file", image, VmaOverNbdAsync, cancellation => VmaAsync(Stream.Null, cancellation))
        {
            Needs = "qemu-storage-daemon",
        };
    }

    /// <summary>Reading back. The archives are made first.</summary>
    public async Task<IReadOnlyList<Comparison>> ReadingAsync(CancellationToken cancellation)
    {
        var (tree, image) = (BenchData.SizeOf(folder.Tree), new FileInfo(folder.Image).Length);
        var container = await PrepareAsync(BenchFolder.Container, cancellation);
        var machine = await PrepareAsync(BenchFolder.Machine, cancellation);
        var plain = Path.Combine(folder.Prepared, "plain.vma");
        await using (var file = File.Create(plain))
        {
            await VmaAsync(file, cancellation);
        }

        return
        [
            new Comparison("verify-machine-zstd", "zstd -dc archive | cat > /dev/null", image, stop => engine.VerifyAsync(machine, stop), stop => _rivals.DecompressAsync(machine, stop)) { Needs = "zstd" },
            new Comparison("verify-container-zstd", "zstd -dc archive | tar t > /dev/null", tree, stop => engine.VerifyAsync(container, stop), stop => _rivals.ListAsync(container, stop)) { Needs = "zstd" },
            new Comparison("restore-machine-zstd", "zstd -dc archive | cat > file", image, stop => engine.RestoreAsync(machine, 900, stop), stop => _rivals.DecompressToFileAsync(machine, stop)) { Needs = "zstd" },
            new Comparison("vma-read", "cat archive > /dev/null", image, stop => ReadVmaAsync(plain, stop), stop => _rivals.ReadAsync(plain, stop)),
            new Comparison("digest", "the same without a digest", image, DigestedAsync, UndigestedAsync),
        ];
    }

    private async Task<string> PrepareAsync(int guest, CancellationToken cancellation)
    {
        await engine.BackUpAsync(guest, Zstd(1), cancellation);
        foreach (var file in Directory.EnumerateFiles(folder.Archives))
        {
            File.Move(file, Path.Combine(folder.Prepared, Path.GetFileName(file)));
        }

        return Directory.EnumerateFiles(folder.Prepared, $"vzdump-*-{guest}-*.zst").Single();
    }

    private async Task<long> DigestedAsync(CancellationToken cancellation)
    {
        await using var draft = ArchiveDraft.Open(folder.Archives, ArchiveName.For(Engine.Guests.GuestKind.Qemu, Engine.Guests.GuestId.Parse("901"), DateTime.UnixEpoch, CompressionKind.None));
        var written = await VmaAsync(draft.Stream, cancellation);
        await draft.CommitAsync(cancellation);
        return written;
    }

    private async Task<long> UndigestedAsync(CancellationToken cancellation)
    {
        await using var file = new FileStream(Path.Combine(folder.Archives, "undigested"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 0 });
        var written = await VmaAsync(file, cancellation);
        await Task.Run(() => file.Flush(flushToDisk: true), cancellation);
        return written;
    }

    private static BackupSettings Zstd(int threads) => new() { Compress = CompressionKind.Zstd, ZstdThreads = threads };

    private static BackupSettings Gzip(int threads) => new() { Compress = CompressionKind.Gzip, GzipThreads = threads };

    private Comparison Container(string name, long bytes, BackupSettings settings, params IReadOnlyList<string> compressor) => new(
        name,
        Words("tar", compressor),
        bytes,
        cancellation => engine.BackUpAsync(BenchFolder.Container, settings, cancellation),
        cancellation => _rivals.TarAsync(compressor, cancellation))
    {
        Needs = compressor.FirstOrDefault(),
    };

    private Comparison Machine(string name, long bytes, BackupSettings settings, params IReadOnlyList<string> compressor) => new(
        name,
        Words("cat image", compressor),
        bytes,
        cancellation => engine.BackUpAsync(BenchFolder.Machine, settings, cancellation),
        cancellation => _rivals.CopyImageAsync(compressor, cancellation))
    {
        Needs = compressor.FirstOrDefault(),
    };

    private static string Words(string source, IReadOnlyList<string> compressor) =>
        $"{source}{(compressor.Count > 0 ? " | " + string.Join(' ', compressor) : "")} > file";

    private async Task<long> VmaToPipeAsync(CancellationToken cancellation)
    {
        await using var reader = programs.Start(new HostCommand("sh", "-c", "cat > /dev/null"), Console.Error.WriteLine);
        var written = await VmaAsync(reader.Input, cancellation);
        reader.Input.Close();
        await reader.Exit;
        return written;
    }

    private async Task<long> VmaOverNbdAsync(CancellationToken cancellation)
    {
        var node = new JsonObject { ["driver"] = "raw", ["node-name"] = "disk", ["read-only"] = true, ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = folder.Image } };
        await using var daemon = await StorageDaemon.StartAsync(programs, Path.Combine(folder.Path, "nbd"), [new DaemonExport("disk", node)], TimeProvider.System, cancellation);
        await using var disk = await NbdDisk.OpenAsync(daemon.SocketPath, "disk", requests: 16, TimeSpan.FromMinutes(1), TimeProvider.System, cancellation);
        return await VmaAsync(disk, Stream.Null, cancellation);
    }

    // All checks of the format, and nothing written.
    private static async Task<long> ReadVmaAsync(string archive, CancellationToken cancellation)
    {
        await using var file = new FileStream(archive, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, BufferSize = 0 });
        return (await (await VmaReader.OpenAsync(file, cancellation)).VerifyAsync(done: null, cancellation)).ArchiveBytes;
    }

    private async Task<long> VmaAsync(Stream destination, CancellationToken cancellation)
    {
        await using var disk = RawDisk.Open(folder.Image);
        return await VmaAsync(disk, destination, cancellation);
    }

    private static async Task<long> VmaAsync(IDisk disk, Stream destination, CancellationToken cancellation)
    {
        var content = new VmaContent { Uuid = Guid.NewGuid(), Created = DateTimeOffset.UnixEpoch, Streams = [new VmaStream("drive-scsi0", disk)] };
        return (await VmaWriter.WriteAsync(destination, content, done: null, cancellation)).ArchiveBytes;
    }
}
