using VzDump.Engine.Archives.Vma;
using static VzDump.Tests.Engine.Archives.Vma.Piece;

namespace VzDump.Tests.Engine.Archives.Vma;

public sealed class VmaContentTests
{
    private static readonly MemoryDisk Disk = MemoryDisk.Of(1, (Data, 700));

    private static VmaContent Content => Written.Content(Disk);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public async Task A_hostile_name_is_refused(string name)
    {
        await RefusedAsync(Content with { Configs = [new(name, Array.Empty<byte>())] });
        await RefusedAsync(Content with { Streams = [new(name, Disk)] });
    }

    [Fact]
    public async Task A_name_that_is_half_a_character_is_refused() => await RefusedAsync(Content with { Configs = [new($"a{(char)0xD800}", Array.Empty<byte>())] });

    [Fact]
    public async Task A_name_may_appear_once()
    {
        await RefusedAsync(Content with { Configs = [new("a", Array.Empty<byte>()), new("a", Array.Empty<byte>())] }, "The name 'a' appears twice.");
        await RefusedAsync(Content with { Streams = [new("a", Disk), new("a", Disk)] }, "The name 'a' appears twice.");
    }

    [Fact]
    public async Task A_config_of_64_KiB_is_refused() =>
        await RefusedAsync(Content with { Configs = [new("big", new byte[65536])] }, "The config big has 65536 bytes; an archive holds at most 65535.");

    [Fact]
    public async Task Configs_of_more_than_512_KiB_in_all_are_refused()
    {
        // 12288 of tables, 8 configs of 63974 + 6 bytes, the device's name and the pad fill 524288 but for a few bytes.
        var configs = Enumerable.Range(0, 8).Select(i => new VmaConfig($"{i}", new byte[63974])).ToList();
        var archive = new ArchiveChecker(await Written.BytesAsync(Content with { Configs = configs }));
        Assert.Equal(512 * 1024, archive.HeaderSize);
        await RefusedAsync(Content with { Configs = [.. configs, new("last", new byte[512])] });
    }

    [Fact]
    public async Task A_257th_config_and_a_255th_disk_are_refused()
    {
        await RefusedAsync(Content with { Configs = [.. Enumerable.Range(0, 257).Select(i => new VmaConfig($"{i}", Array.Empty<byte>()))] });
        await RefusedAsync(Content with { Streams = [.. Enumerable.Range(0, 255).Select(i => new VmaStream($"{i}", Disk))] });
    }

    [Fact]
    public async Task An_empty_disk_and_one_past_256_TiB_are_refused()
    {
        await RefusedAsync(Written.Content(new HoleDisk(0)), "The disk drive-scsi0 is empty; an archive cannot hold an empty disk.");
        await RefusedAsync(Written.Content(new HoleDisk((1L << 48) + 1)));
    }

    [Fact]
    public async Task A_time_before_1970_is_refused() => await RefusedAsync(Content with { Created = new(1969, 12, 31, 0, 0, 0, TimeSpan.Zero) });

    private static async Task RefusedAsync(VmaContent content, string? message = null)
    {
        var destination = new CountingStream();
        var error = await Assert.ThrowsAsync<VmaFormatException>(() => VmaWriter.WriteAsync(destination, content, null, CancellationToken.None));
        Assert.Equal(0, destination.Writes);
        Assert.Equal(message ?? error.Message, error.Message);
    }
}
