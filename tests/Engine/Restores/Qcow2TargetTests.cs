using VzDump.Engine.Host;
using VzDump.Engine.Restores;

namespace VzDump.Tests.Engine.Restores;

/// <summary>Images that QEMU's own program checks and reads.</summary>
public sealed class Qcow2TargetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Image => Path.Combine(_folder, "image.qcow2");

    private string Raw => Path.Combine(_folder, "image.raw");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    [InlineData(65536 + 512)]
    [InlineData(1_000_960)]
    [InlineData(600L << 20)]
    [InlineData(3L << 40)]
    public async Task An_empty_image_of_any_size_is_sound_and_reads_as_zeros(long size)
    {
        using (var target = Qcow2Target.Create(Image, size))
        {
            target.Finish();
        }

        Assert.Contains("No errors were found", await QemuAsync("check", Image), StringComparison.Ordinal);
        Assert.Contains($"({size} bytes)", await QemuAsync("info", Image), StringComparison.Ordinal);
        await using (var raw = File.Create(Raw))
        {
            raw.SetLength(Math.Min(size, 700L << 20));
        }

        if (size < 700L << 20)
        {
            Assert.Contains("identical", await QemuAsync("compare", Raw, Image), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Data_that_comes_in_any_order_and_size_is_where_it_belongs(int seed)
    {
        var random = new Random(seed);
        var size = 512L * random.NextInt64(2 << 20, 3 << 20); // more than two tables
        using (var target = Qcow2Target.Create(Image, size))
        using (var raw = File.OpenHandle(Raw, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(raw, size);
            for (var count = 0; count < 150; count++)
            {
                var data = new byte[count % 5 == 0 ? random.Next(1, 4 << 20) : 4096 * random.Next(1, 20)];
                random.NextBytes(data);
                var at = random.NextInt64((size - data.Length) / 4096) * 4096;
                at = count switch { 0 => 0, 1 => size - data.Length, 2 => (512L << 20) - (data.Length / 2), _ => at };
                await target.WriteAsync(at, data, Cancellation);
                RandomAccess.Write(raw, data, at);
            }

            target.Finish();
        }

        Assert.Contains("No errors were found", await QemuAsync("check", Image), StringComparison.Ordinal);
        Assert.Contains("identical", await QemuAsync("compare", "-f", "raw", "-F", "qcow2", Raw, Image), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_its_end_it_is_no_image()
    {
        using (var target = Qcow2Target.Create(Image, 1 << 20))
        {
            await target.WriteAsync(0, new byte[4096], Cancellation);
        }

        var result = await new HostPrograms().RunAsync(new HostCommand("qemu-img", "info", "-f", "qcow2", Image), Cancellation);
        Assert.False(result.Exit.Succeeded);
    }

    [Fact]
    public async Task Nothing_is_written_past_the_disks_end()
    {
        using var target = Qcow2Target.Create(Image, 1 << 20);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await target.WriteAsync((1 << 20) - 4095, new byte[4096], Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await target.WriteAsync(-1, new byte[1], Cancellation));
    }

    private static async Task<string> QemuAsync(params string[] arguments)
    {
        var result = await new HostPrograms().RunAsync(new HostCommand("qemu-img", arguments), Cancellation);
        Assert.True(result.Exit.Succeeded, result.Output + result.ErrorOutput);
        return result.Output;
    }
}
