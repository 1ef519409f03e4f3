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
