using VzDump.Engine.Archives.Vma;

namespace VzDump.Tests.Engine.Archives.Vma;

// Alone, because it measures what the whole process allocates.
[CollectionDefinition("VMA memory", DisableParallelization = true)]
public sealed class VmaMemoryCollection;

[Collection("VMA memory")]
public sealed class VmaBadArchiveTests
{
    public static TheoryData<string> Damages => [.. BadArchives.All.Keys];

    [Fact]
    public async Task The_archive_that_the_bad_ones_are_made_of_is_sound()
    {
        var reader = await VmaReader.OpenAsync(new MemoryStream(BadArchives.Sound), CancellationToken.None);
        await reader.VerifyAsync(null, CancellationToken.None);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_bad_archive_is_refused_in_a_sentence(string damage)
    {
        var error = await Assert.ThrowsAsync<VmaFormatException>(() => ReadAsync(BadArchives.All[damage]()));
        Assert.EndsWith(".", error.Message);
        Assert.True(error.Message.Length < 400 && !error.Message.Any(char.IsControl), error.Message);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_bad_archive_claims_no_memory(string damage)
    {
        var archive = BadArchives.All[damage]();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Assert.ThrowsAsync<VmaFormatException>(() => ReadAsync(archive));

        // Three buffers of 4 MiB that are pooled, and what little the archive itself calls for; the scattered one is made to reach the cap.
        var most = damage == BadArchives.ScatteredName ? 500L << 20 : 20L << 20;
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, most);
    }

    [Theory]
    [InlineData(0, "This is not a VMA archive.")]
    [InlineData(5000, "The archive ends inside its header.")]
    public async Task A_cut_header_is_told_from_another_file(int length, string message)
    {
        var error = await Assert.ThrowsAsync<VmaFormatException>(() => ReadAsync(BadArchives.Sound[..length]));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task Clusters_scattered_to_exhaust_memory_are_refused_for_that()
    {
        var error = await Assert.ThrowsAsync<VmaFormatException>(() => ReadAsync(BadArchives.All[BadArchives.ScatteredName]()));
        Assert.Equal("The archive's clusters are scattered beyond all measure.", error.Message);
    }

    [Fact]
    public async Task A_cut_at_an_extents_end_names_stream_and_cluster()
    {
        var sound = BadArchives.Sound;
        var last = sound.Length - 512 - (32 * 4096);
        var error = await Assert.ThrowsAsync<VmaFormatException>(() => ReadAsync(sound[..last]));
        Assert.Equal("The archive is incomplete: cluster 1 of 3 of drive-scsi0 is missing.", error.Message);
    }

    [Fact]
    public async Task Any_single_flipped_bit_outside_the_data_is_noticed()
    {
        var sound = BadArchives.Sound;
        var random = new Random(1);
        var extent = sound.Length - 512 - (32 * 4096);
        for (var i = 0; i < 300; i++)
        {
            var bad = sound.ToArray();
            bad[i % 2 == 0 ? random.Next(13000) % 12800 : extent + random.Next(512)] ^= (byte)(1 << random.Next(8));
            await Assert.ThrowsAsync<VmaFormatException>(() => ReadAsync(bad));
        }
    }

    [Fact]
    public async Task Nothing_is_written_outside_a_device_whatever_the_archive()
    {
        foreach (var (damage, make) in BadArchives.All.Where(bad => bad.Key != BadArchives.ScatteredName))
        {
            var targets = new List<(VmaDevice Device, MemoryTarget Target)>();
            await Assert.ThrowsAsync<VmaFormatException>(async () =>
            {
                var reader = await VmaReader.OpenAsync(new MemoryStream(make()), CancellationToken.None);
                await reader.ExtractAsync(
                    device =>
                    {
                        var target = new MemoryTarget(0);
                        targets.Add((device, target));
                        return target;
                    },
                    null,
                    CancellationToken.None);
            });
            Assert.All(targets, pair => Assert.True(pair.Device.IsVmState || pair.Target.Image.Length <= pair.Device.Size, damage));
        }
    }

    private static async Task ReadAsync(byte[] archive)
    {
        var reader = await VmaReader.OpenAsync(new DribblingStream(archive), CancellationToken.None);
        await reader.VerifyAsync(null, CancellationToken.None);
    }
}
