using System.Text;
using VzDump.Engine.Archives.Vma;
using static VzDump.Tests.Engine.Archives.Vma.Piece;

namespace VzDump.Tests.Engine.Archives.Vma;

public sealed class VmaWriterTests
{
    private const int KiB = 1024, MiB = 1024 * 1024;

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public void The_checkers_own_md5_is_md5(string text) =>
        Assert.Equal(System.Security.Cryptography.MD5.HashData(Encoding.ASCII.GetBytes(text)), OwnMd5.Of(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(59 * 65536)]
    [InlineData((59 * 65536) + 1)]
    [InlineData((118 * 65536) - 3)]
    public async Task A_disk_of_any_size_is_archived_whole(int size)
    {
        var disk = MemoryDisk.Of(size, (Data, size));
        var archive = await Written.CheckedAsync(disk);
        Assert.Equal(disk.Archived, Assert.Single(archive.Devices).Image);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(70000)]
    [InlineData(8 * MiB)]
    public async Task A_disk_of_zeros_has_entries_and_no_blocks(int size)
    {
        var archive = await Written.CheckedAsync(MemoryDisk.Of(1, (Zeros, size)));
        Assert.All(archive.Extents, blocks => Assert.Equal(0, blocks));
        Assert.Equal((size + 511) / 512 * 512, archive.Devices[0].Image.Length);
    }

    [Fact]
    public async Task A_hole_is_never_read()
    {
        var disk = MemoryDisk.Of(1, (Hole, 3 * MiB), (Data, 100), (Hole, 5000), (Data, MiB), (Hole, 7 * MiB), (Data, 17));
        var archive = await Written.CheckedAsync(disk);
        Assert.Equal(disk.Archived, archive.Devices[0].Image);
        Assert.Equal(100 + MiB + 17, disk.Reads.Sum(read => read.Length));
    }

    [Fact]
    public async Task A_disk_that_is_one_hole_is_not_read_at_all()
    {
        var disk = MemoryDisk.Of(1, (Hole, 300 * MiB));
        var archive = await Written.CheckedAsync(disk);
        Assert.Empty(disk.Reads);
        Assert.Equal((4800 + 58) / 59, archive.Extents.Count);
    }

    [Fact]
    public async Task Neighbouring_data_is_read_in_one_piece()
    {
        var disk = MemoryDisk.Of(1, Enumerable.Repeat((Data, 64 * KiB), 59));
        await Written.CheckedAsync(disk);
        Assert.Equal((0L, 59 * 64 * KiB), Assert.Single(disk.Reads));
    }

    [Fact]
    public async Task Zero_blocks_among_data_are_left_out()
    {
        var disk = MemoryDisk.Of(1, (Data, 12 * KiB), (Zeros, 100 * KiB), (Data, 4 * KiB), (Zeros, 12 * KiB), (Data, 200 * KiB));
        var archive = await Written.CheckedAsync(disk);
        Assert.Equal(disk.Archived, archive.Devices[0].Image);
        Assert.Equal([3 + 1 + 50], archive.Extents);
    }

    [Fact]
    public async Task A_single_byte_keeps_its_block()
    {
        var image = new byte[(16 * 4096 * 3) + 100];
        image[4095] = image[8192] = image[^1] = 1;
        var archive = await Written.CheckedAsync(new MemoryDisk(image));
        Assert.Equal(image, archive.Devices[0].Image[..image.Length]);
        Assert.Equal([3], archive.Extents);
    }

    [Fact]
    public async Task Sixteen_disks_keep_their_order_names_and_data()
    {
        var disks = Enumerable.Range(1, 16).Select(i => MemoryDisk.Of(i, (Speckled, 77 * 777 * i), (Hole, 4567 * i), (Data, 333 * i))).ToList();
        var archive = await Written.CheckedAsync(disks);
        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"drive-scsi{i}"), archive.Devices.Select(device => device.Name));
        Written.AssertSame(disks, archive.Devices.Select(device => device.Image));
    }

    [Fact]
    public async Task The_uuid_keeps_its_written_order_and_the_time_its_seconds()
    {
        var archive = await Written.CheckedAsync(MemoryDisk.Of(1, (Data, 10)));
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(archive.Uuid));
        Assert.Equal(1787367600, archive.Created);
    }

    [Fact]
    public async Task Configs_keep_their_order_and_an_empty_one_stays()
    {
        var content = Written.Content(MemoryDisk.Of(1, (Data, 10))) with
        {
            Configs = [new("qemu-server.conf", "ä: 1"u8.ToArray()), new("qemu-server.fw", Array.Empty<byte>()), new("z", new byte[65535])],
        };
        var archive = new ArchiveChecker(await Written.BytesAsync(content));
        Assert.Equal(["qemu-server.conf", "qemu-server.fw", "z"], archive.Configs.Select(config => config.Name));
        Assert.Equal(content.Configs.Select(config => config.Data.ToArray()), archive.Configs.Select(config => config.Data));
    }

    [Fact]
    public async Task An_archive_without_devices_is_a_header_and_one_empty_extent()
    {
        var archive = await Written.CheckedAsync();
        Assert.Equal([0], archive.Extents);
        Assert.Empty(archive.Devices);
    }

    [Fact]
    public async Task As_many_disks_and_configs_as_fit_are_taken()
    {
        var content = Written.Content(Enumerable.Range(1, 254).Select(i => MemoryDisk.Of(i, (Data, i)))) with
        {
            Configs = [.. Enumerable.Range(0, 256).Select(i => new VmaConfig($"c{i}", new byte[] { (byte)i }))],
        };
        var archive = new ArchiveChecker(await Written.BytesAsync(content));
        Assert.Equal((256, 254), (archive.Configs.Count, archive.Devices.Count));
    }

    [Fact]
    public async Task Progress_never_falls_counts_holes_and_ends_at_all_bytes()
    {
        var told = new ToldProgress();
        var content = Written.Content(MemoryDisk.Of(1, (Data, 9 * MiB), (Hole, 9 * MiB)), MemoryDisk.Of(2, (Zeros, 20)), MemoryDisk.Of(3, (Data, 10 * MiB)));
        await Written.BytesAsync(content, told);
        Assert.Equal(told.Values.Order(), told.Values);
        Assert.Equal((28 * MiB) + 512, told.Values[^1]);
        Assert.True(told.Values.Count > 3);
    }

    [Fact]
    public async Task The_summary_counts_devices_zeros_and_the_archive()
    {
        var archive = new MemoryStream();
        var content = Written.Content(MemoryDisk.Of(1, (Data, 8192), (Hole, MiB), (Zeros, 100 * KiB)), MemoryDisk.Of(2, (Data, 700)));
        var summary = await VmaWriter.WriteAsync(archive, content, done: null, CancellationToken.None);
        Assert.Equal(new VmaSummary(8192 + MiB + (100 * KiB) + 1024, MiB + (100 * KiB), archive.Length), summary);
    }

    [Fact]
    public async Task A_terabyte_of_hole_is_archived_in_little_memory_and_few_writes()
    {
        var destination = new CountingStream();
        var summary = await VmaWriter.WriteAsync(destination, Written.Content(new HoleDisk(1L << 40)), done: null, CancellationToken.None);
        Assert.Equal(1L << 40, summary.ZeroBytes);
        Assert.True(destination.Writes < 1000, $"{destination.Writes} writes");
    }
}
