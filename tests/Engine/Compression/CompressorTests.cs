using System.Diagnostics;
using VzDump.Engine;
using VzDump.Engine.Compression;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Compression;

public sealed class CompressorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<CompressionKind, int, int> Cases()
    {
        var cases = new TheoryData<CompressionKind, int, int>();
        foreach (var size in (int[])[0, 1, 1024 * 1024 - 1, 1024 * 1024, 5_000_000])
        {
            cases.Add(CompressionKind.Gzip, 1, size);
            cases.Add(CompressionKind.Gzip, 3, size);
            cases.Add(CompressionKind.Zstd, 2, size);
            cases.Add(CompressionKind.Lzo, 1, size);
            cases.Add(CompressionKind.None, 1, size);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_usual_program_reads_back_what_was_compressed(CompressionKind kind, int threads, int size)
    {
        var data = Data(size);
        using var destination = new MemoryStream();
        await using (var output = new Compressor(new HostPrograms()).Open(new CompressionSettings(kind, threads), destination, ioNice: 7))
        {
            for (var at = 0; at < size; at += 300_000)
            {
                await output.Input.WriteAsync(data.AsMemory(at, Math.Min(300_000, size - at)), Cancellation);
            }

            await output.FinishAsync(Cancellation);
        }

        Assert.Equal(data, await DecompressAsync(kind, destination.ToArray()));
    }

    [Fact]
    public async Task Zstd_is_made_in_process_where_its_program_is_missing()
    {
        var data = Data(3_000_000);
        using var destination = new MemoryStream();
        await using (var output = new Compressor(new HostPrograms([])).Open(new CompressionSettings(CompressionKind.Zstd, 1), destination, ioNice: null))
        {
            await output.Input.WriteAsync(data, Cancellation);
            await output.FinishAsync(Cancellation);
        }

        Assert.Equal(data, await DecompressAsync(CompressionKind.Zstd, destination.ToArray()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Of_a_gzip_that_differs_little_from_an_older_one_rsync_sends_little(int threads)
    {
        // e.g. 24 MB of files; between the two backups one of them has grown, and all that comes after it has moved
        var random = new Random(7);
        var before = new byte[24_000_000];
        random.NextBytes(before);
        before.AsSpan(12_000_000, 4_000_000).Clear();
        for (var at = 0; at < before.Length; at += 2)
        {
            before[at] = (byte)'x'; // compressible
        }

        byte[] after = [.. before[..3_000_000], .. new byte[1234], .. before[3_000_000..]];
        var folder = Directory.CreateTempSubdirectory("vzdump-rsync-").FullName;
        try
        {
            var (old, changed) = (Path.Combine(folder, "old.gz"), Path.Combine(folder, "new.gz"));
            await GzipAsync(before, old, threads);
            await GzipAsync(after, changed, threads);
            var size = new FileInfo(changed).Length;

            // e.g. Literal data: 1,234,567 bytes
            var said = await new HostPrograms().RunAsync(new HostCommand("rsync", "--no-whole-file", "--no-times", "--ignore-times", "--stats", changed, old), Cancellation);
            var sent = long.Parse(said.Output.Split("Literal data: ")[1].Split(' ')[0].Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);

            Assert.InRange((double)sent / size, 0, 0.25);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Data_is_cut_where_its_content_says_so_however_it_arrives_and_never_too_short_or_too_long()
    {
        var data = new byte[30_000_000];
        new Random(5).NextBytes(data.AsSpan(0, 20_000_000));
        var whole = Cuts(data, data.Length);

        Assert.Equal(whole, Cuts(data, 4096));
        Assert.Equal(whole, Cuts(data, 777_777));
        Assert.InRange(whole.Count, 12, 60);
        Assert.All(whole.Zip(whole.Skip(1), (one, next) => next - one), length => Assert.InRange(length, 256 * 1024, ContentCut.Longest));
        // Moved by what was put before it, it is cut in the same places again.
        var moved = Cuts([.. new byte[12345], .. data], 65536).Select(cut => cut - 12345).ToList();
        Assert.InRange(whole.Count(moved.Contains), whole.Count(cut => cut < 20_000_000) * 0.6, whole.Count);
    }

    [Fact]
    public void A_missing_program_is_named_with_its_package()
    {
        var problem = Assert.Throws<ProblemException>(() => new Compressor(new HostPrograms([])).Check(new CompressionSettings(CompressionKind.Lzo, 1)));

        Assert.Contains("apt-get install lzop", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionKind.Gzip, 1)]
    [InlineData(CompressionKind.Gzip, 3)]
    [InlineData(CompressionKind.Zstd, 1)]
    public async Task A_destination_that_fails_is_what_the_writer_hears_of(CompressionKind kind, int threads)
    {
        await using var destination = new FullDisk();
        await using var output = new Compressor(new HostPrograms()).Open(new CompressionSettings(kind, threads), destination, ioNice: null);

        var error = await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (var block = 0; block < 200; block++)
            {
                await output.Input.WriteAsync(Data(1_000_000), Cancellation);
            }

            await output.FinishAsync(Cancellation);
        });

        Assert.Equal("disk full", error.Message);
    }

    private static async Task GzipAsync(byte[] data, string path, int threads)
    {
        await using var file = File.Create(path);
        await using var output = new Compressor(new HostPrograms()).Open(new CompressionSettings(CompressionKind.Gzip, threads), file, ioNice: null);
        await output.Input.WriteAsync(data, Cancellation);
        await output.FinishAsync(Cancellation);
    }

    private static List<int> Cuts(byte[] data, int piece)
    {
        var cut = new ContentCut();
        var cuts = new List<int>();
        for (var (at, filled) = (0, 0); at < data.Length;)
        {
            var next = data.AsSpan(at, Math.Min(Math.Min(piece, data.Length - at), ContentCut.Longest - filled));
            var ends = cut.Ends(next, filled, out var count);
            at += count;
            filled = ends ? 0 : filled + count;
            if (ends)
            {
                cuts.Add(at);
            }
        }

        return cuts;
    }

    private static byte[] Data(int size)
    {
        var data = new byte[size];
        Random.Shared.NextBytes(data.AsSpan(0, size / 2));
        return data;
    }

    private static async Task<byte[]> DecompressAsync(CompressionKind kind, byte[] data)
    {
        var (program, arguments) = kind switch
        {
            CompressionKind.Gzip => ("gzip", "-dc"),
            CompressionKind.Zstd => ("zstd", "-dc"),
            CompressionKind.Lzo => ("lzop", "-dc"),
            _ => ("cat", "-"),
        };
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, Cancellation);
        await process.StandardInput.BaseStream.WriteAsync(data, Cancellation);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }

    private sealed class FullDisk : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("disk full");
    }
}
