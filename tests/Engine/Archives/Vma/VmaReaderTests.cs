using System.Text;
using VzDump.Engine.Archives.Vma;

namespace VzDump.Tests.Engine.Archives.Vma;

public sealed class VmaReaderTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static byte[] Image(int seed, int size, params int[] zeroBlocks)
    {
        var image = new byte[size];
        new Random(seed).NextBytes(image);
        foreach (var block in zeroBlocks)
        {
            image.AsSpan(block * 4096, 4096).Clear();
        }

        return image;
    }

    private static byte[] Archive(IReadOnlyList<(string Name, long Size)> devices, params byte[][] extents) =>
        [.. ArchiveForge.Header([("qemu-server.conf", "cores: 2\n"u8.ToArray())], devices), .. extents.SelectMany(extent => extent)];

    private static async Task<Dictionary<string, MemoryTarget>> ExtractAsync(byte[] archive)
    {
        var targets = new Dictionary<string, MemoryTarget>();
        var reader = await VmaReader.OpenAsync(new DribblingStream(archive), None);
        await reader.ExtractAsync(device => targets[device.Name] = new MemoryTarget(device.Size), done: null, None);
        return targets;
    }

    [Fact]
    public async Task The_header_tells_uuid_time_configs_and_devices_without_reading_data()
    {
        var header = ArchiveForge.Header(
            [("qemu-server.conf", "cores: 2\n"u8.ToArray()), ("qemu-server.fw", [])], [("drive-scsi0", 512), ("drive-ide2", 1L << 48)]);
        var reader = await VmaReader.OpenAsync(new DribblingStream(header, 1000), None);
        Assert.Equal(new Guid(ArchiveForge.Uuid, bigEndian: true), reader.Header.Uuid);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_600_000_000), reader.Header.Created);
        Assert.Equal(["qemu-server.conf", "qemu-server.fw"], reader.Header.Configs.Select(config => config.Name));
        Assert.Equal("cores: 2\n", Encoding.UTF8.GetString(reader.Header.Configs[0].Data.Span));
        Assert.True(reader.Header.Configs[1].Data.IsEmpty);
        Assert.Equal([new(1, "drive-scsi0", 512), new(2, "drive-ide2", 1L << 48)], reader.Header.Devices);
    }

    [Fact]
    public async Task Reading_the_configs_takes_nothing_behind_the_header()
    {
        var header = ArchiveForge.Header([("a", [1])], [("d", 512)]);
        var source = new MemoryStream([.. header, .. new byte[9999]]);
        await VmaReader.OpenAsync(source, None);
        Assert.Equal(header.Length, source.Position);
    }

    [Fact]
    public async Task Clusters_may_come_in_any_order_with_streams_interleaved()
    {
        var (one, two) = (Image(1, 40 * 65536), Image(2, (30 * 65536) + 512));
        var slots = ArchiveForge.Slots(1, one).Concat(ArchiveForge.Slots(2, two)).ToArray();
        new Random(3).Shuffle(slots);
        var targets = await ExtractAsync(Archive([("a", one.Length), ("b", two.Length)], [.. slots.Chunk(10).Select(chunk => ArchiveForge.Extent(chunk))]));
        Assert.Equal(one, targets["a"].Image);
        Assert.Equal(two, targets["b"].Image);
    }

    [Fact]
    public async Task An_extent_may_use_all_59_slots_or_leave_any_empty()
    {
        var image = Image(4, 61 * 65536);
        var slots = ArchiveForge.Slots(1, image).ToList();
        ForgedSlot?[] holey = [null, slots[59], null, null, slots[60]];
        var targets = await ExtractAsync(Archive([("a", image.Length)], ArchiveForge.Extent([]), ArchiveForge.Extent(slots[..59]), ArchiveForge.Extent(holey)));
        Assert.Equal(image, targets["a"].Image);
    }

    [Fact]
    public async Task Stored_blocks_beside_each_other_become_one_write_and_zeros_none()
    {
        var image = Image(5, 4 * 65536, 2, 3, 20, 40, 41, 42, 43, 44, 45, 46, 47);
        var targets = await ExtractAsync(Archive([("a", image.Length)], ArchiveForge.Extent([.. ArchiveForge.Slots(1, image)])));
        Assert.Equal(image, targets["a"].Image);
        Assert.Equal([(0, 2 * 4096), (4 * 4096, 16 * 4096), (21 * 4096, 19 * 4096), (48 * 4096, 16 * 4096)], targets["a"].Writes);
    }

    [Fact]
    public async Task Clusters_of_two_streams_do_not_run_together()
    {
        var image = Image(6, 2 * 65536);
        var extent = ArchiveForge.Extent([ArchiveForge.Slot(1, image, 0), ArchiveForge.Slot(2, image, 1), ArchiveForge.Slot(1, image, 1), ArchiveForge.Slot(2, image, 0)]);
        var targets = await ExtractAsync(Archive([("a", image.Length), ("b", image.Length)], extent));
        Assert.Equal(image, targets["a"].Image);
        Assert.Equal(image, targets["b"].Image);
    }

    [Fact]
    public async Task Zero_blocks_may_be_stored()
    {
        var image = Image(7, 3 * 65536, 0, 15, 16, 47);
        var targets = await ExtractAsync(Archive([("a", image.Length)], ArchiveForge.Extent([.. ArchiveForge.Slots(1, image, storeZeros: true)])));
        Assert.Equal(image, targets["a"].Image);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096 + 512)]
    [InlineData(65536 + 1536)]
    [InlineData(1000)]
    public async Task Nothing_is_written_past_the_devices_end(int size)
    {
        var image = Image(8, size);
        var targets = await ExtractAsync(Archive([("a", size)], ArchiveForge.Extent([.. ArchiveForge.Slots(1, image)])));
        Assert.Equal(image, targets["a"].Image);
    }

    [Fact]
    public async Task A_device_without_a_target_is_checked_all_the_same()
    {
        var image = Image(9, 65536 * 2);
        var archive = Archive([("a", image.Length), ("b", image.Length)], ArchiveForge.Extent([.. ArchiveForge.Slots(1, image), ArchiveForge.Slot(2, image, 1)]));
        var reader = await VmaReader.OpenAsync(new MemoryStream(archive), None);
        var target = new MemoryTarget(image.Length);
        var error = await Assert.ThrowsAsync<VmaFormatException>(() => reader.ExtractAsync(device => device.Name == "a" ? target : null, null, None));
        Assert.Equal("The archive is incomplete: cluster 0 of 2 of b is missing.", error.Message);
    }

    [Fact]
    public async Task Verifying_tells_progress_and_sums()
    {
        var image = Image(10, 100 * 65536, 7);
        var archive = Archive([("a", image.Length)], [.. ArchiveForge.Slots(1, image).Chunk(30).Select(chunk => ArchiveForge.Extent(chunk))]);
        var told = new ToldProgress();
        var reader = await VmaReader.OpenAsync(new MemoryStream(archive), None);
        var summary = await reader.VerifyAsync(told, None);
        Assert.Equal(new VmaSummary(image.Length, 4096, archive.Length), summary);
        Assert.Equal([30 * 65536, 60 * 65536, 90 * 65536, 100 * 65536], told.Values);
    }

    [Fact]
    public async Task A_memory_state_may_be_shorter_than_announced()
    {
        var state = Image(11, 3 * 65536);
        var targets = await ExtractAsync(Archive([("vmstate", 1 << 30)], ArchiveForge.Extent([.. ArchiveForge.Slots(1, state)])));
        Assert.Equal(state, targets["vmstate"].Image[..state.Length]);
    }

    [Fact]
    public async Task A_memory_state_may_be_longer_than_announced()
    {
        var state = Image(12, 3 * 65536);
        var targets = await ExtractAsync(Archive([("vmstate", 512)], ArchiveForge.Extent([.. ArchiveForge.Slots(1, state)])));
        Assert.Equal(state, targets["vmstate"].Image);
    }

    [Fact]
    public async Task An_archive_is_read_once()
    {
        var reader = await VmaReader.OpenAsync(new MemoryStream(Archive([])), None);
        await reader.VerifyAsync(null, None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.VerifyAsync(null, None));
    }

    [Fact]
    public async Task A_restored_file_is_sparse_and_of_the_devices_size()
    {
        var image = new byte[(40 << 20) + 1536];
        image[5_000_000] = image[30_000_000] = 1;  // its end is a hole
        var archive = await Written.BytesAsync(Written.Content(new MemoryDisk(image)));
        var folder = Directory.CreateTempSubdirectory("vma-");
        try
        {
            var path = Path.Combine(folder.FullName, "disk.raw");
            var reader = await VmaReader.OpenAsync(new MemoryStream(archive), None);
            using (var target = VmaFileTarget.Create(path, reader.Header.Devices[0].Size))
            {
                await reader.ExtractAsync(_ => target, null, None);
            }

            Assert.Equal(image, await File.ReadAllBytesAsync(path));
            using var du = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("du", ["-k", path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var kib = int.Parse((await du.StandardOutput.ReadToEndAsync()).Split('\t')[0]);
            Assert.InRange(kib, 1, 64);
            Assert.Throws<IOException>(() => VmaFileTarget.Create(path, 512));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
