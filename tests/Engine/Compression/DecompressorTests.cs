using System.Diagnostics;
using VzDump.Engine;
using VzDump.Engine.Compression;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Compression;

public sealed class DecompressorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-decompress-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a.tar", "cat")]
    [InlineData("a.tar.zst", "zstd -c")]
    [InlineData("a.tar.gz", "gzip -c")]
    [InlineData("a.tgz", "gzip -c")]
    [InlineData("a.tar.lzo", "lzop -c")]
    public async Task What_the_usual_program_compressed_is_read_back(string name, string program)
    {
        var (path, data) = await MakeAsync(name, program);
        await using var input = new Decompressor(new HostPrograms()).Open(path);
        using var read = new MemoryStream();

        await input.Output.CopyToAsync(read, Cancellation);
        await input.FinishAsync(Cancellation);

        Assert.Equal(data, read.ToArray());
        Assert.Equal(input.Length, input.Position);
    }

    [Fact]
    public async Task Zstd_is_read_in_process_where_its_program_is_missing()
    {
        var (path, data) = await MakeAsync("a.vma.zst", "zstd -c");
        await using var input = new Decompressor(new HostPrograms([_folder])).Open(path);
        using var read = new MemoryStream();

        await input.Output.CopyToAsync(read, Cancellation);
        await input.FinishAsync(Cancellation);

        Assert.Equal(data, read.ToArray());
    }

    [Theory]
    [InlineData("a.tar.zst", "zstd -c")]
    [InlineData("a.tar.gz", "gzip -c")]
    [InlineData("a.tar.lzo", "lzop -c")]
    public async Task A_file_that_is_cut_off_is_told_at_its_end(string name, string program)
    {
        var (path, _) = await MakeAsync(name, program);
        await using (var file = File.OpenWrite(path))
        {
            file.SetLength(file.Length - 100);
        }

        await using var input = new Decompressor(new HostPrograms()).Open(path);
        await input.Output.CopyToAsync(Stream.Null, Cancellation);

        var problem = await Assert.ThrowsAsync<ProblemException>(() => input.FinishAsync(Cancellation));
        Assert.Contains("damaged or cut off", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_needs_only_the_beginning_may_leave_and_no_program_stays()
    {
        var (path, _) = await MakeAsync("a.tar.zst", "zstd -c");
        var input = new Decompressor(new HostPrograms()).Open(path);
        await input.Output.ReadExactlyAsync(new byte[1000], Cancellation);

        await input.DisposeAsync();
    }

    [Fact]
    public async Task A_program_that_is_missing_is_named_with_its_package()
    {
        var (path, _) = await MakeAsync("a.tar.lzo", "lzop -c");

        var problem = Assert.Throws<ProblemException>(() => new Decompressor(new HostPrograms([_folder])).Open(path));

        Assert.Contains("apt-get install lzop", problem.Message, StringComparison.Ordinal);
    }

    private async Task<(string Path, byte[] Data)> MakeAsync(string name, string program)
    {
        var data = new byte[5_000_000];
        new Random(7).NextBytes(data.AsSpan(0, 3_000_000));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "data"), data, Cancellation);
        var path = Path.Combine(_folder, name);
        using var shell = Process.Start("sh", ["-c", $"{program} '{_folder}/data' > '{path}'"]);
        await shell.WaitForExitAsync(Cancellation);
        return (path, data);
    }
}
