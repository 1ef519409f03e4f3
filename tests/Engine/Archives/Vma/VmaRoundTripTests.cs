using CsCheck;
using VzDump.Engine.Archives.Vma;

namespace VzDump.Tests.Engine.Archives.Vma;

public sealed class VmaRoundTripTests
{
    private static readonly Gen<int> Length = Gen.OneOf(
        Gen.Int[1, 5000],
        Gen.Int[1, 40].Select(n => n * 512),
        Gen.Int[1, 40].Select(n => n * 4096),
        Gen.Int[1, 20].Select(n => n * 65536),
        Gen.Int[1, 600_000]);

    private static readonly Gen<MemoryDisk> Disk =
        Gen.Select(Gen.Int, Gen.Select(Gen.Enum<Piece>(), Length).Array[1, 10], (seed, pieces) => MemoryDisk.Of(seed, pieces));

    [Fact]
    public Task Whatever_the_layout_what_is_written_is_what_the_format_says() =>
        Disk.Array[1, 3].SampleAsync(
            async disks =>
            {
                var archive = await Written.CheckedAsync(disks);
                Written.AssertSame(disks, archive.Devices.Select(device => device.Image));
            },
            iter: 100,
            print: disks => string.Join(" | ", disks.Select(disk => disk.Length)));

    [Fact]
    public Task Whatever_the_layout_what_is_written_is_what_is_read() =>
        Disk.Array[1, 3].SampleAsync(
            async disks =>
            {
                var archive = new MemoryStream();
                var written = await VmaWriter.WriteAsync(archive, Written.Content(disks), null, CancellationToken.None);
                var targets = new List<MemoryTarget>();
                var reader = await VmaReader.OpenAsync(new DribblingStream(archive.ToArray()), CancellationToken.None);
                var read = await reader.ExtractAsync(device => targets.AddAndGive(new MemoryTarget(device.Size)), null, CancellationToken.None);
                Written.AssertSame(disks, targets.Select(target => target.Image));
                Assert.Equal(written, read);
            },
            iter: 100,
            print: disks => string.Join(" | ", disks.Select(disk => disk.Length)));

    [Fact]
    public void Clusters_in_any_order_are_remembered_once_each() =>
        Gen.Select(Gen.Int[1, 5000], Gen.Int).Sample((count, seed) =>
        {
            var clusters = Enumerable.Range(0, count).Select(i => (uint)i).ToArray();
            new Random(seed).Shuffle(clusters);
            var ledger = new ClusterLedger(new VmaDevice(1, "a", count * 65536L));
            var missing = new SortedSet<uint>(clusters);
            foreach (var cluster in clusters)
            {
                Assert.Equal(missing.Min, ledger.FirstMissing);
                Assert.True(ledger.TryAdd(cluster));
                Assert.False(ledger.TryAdd(cluster));
                missing.Remove(cluster);
            }

            Assert.Null(ledger.FirstMissing);
            Assert.InRange(ledger.Pages, 0, 1);
        }, iter: 100);
}

internal static class ListTelling
{
    public static T AddAndGive<T>(this List<T> list, T item)
    {
        list.Add(item);
        return item;
    }
}
