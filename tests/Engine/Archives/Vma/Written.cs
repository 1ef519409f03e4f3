using System.Text;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Archives.Vma;

/// <summary>Archives written by the product, for tests to look at.</summary>
internal static class Written
{
    public static readonly Guid Uuid = new("00112233-4455-6677-8899-aabbccddeeff");

    public static readonly DateTimeOffset Created = new(2026, 8, 22, 3, 0, 0, TimeSpan.Zero);

    public static VmaContent Content(params IEnumerable<IDisk> disks) => new()
    {
        Uuid = Uuid,
        Created = Created,
        Configs = [new VmaConfig("qemu-server.conf", Encoding.UTF8.GetBytes("name: web\n"))],
        Streams = [.. disks.Select((disk, i) => new VmaStream($"drive-scsi{i}", disk))],
    };

    public static async Task<byte[]> BytesAsync(VmaContent content, IProgress<long>? done = null)
    {
        var archive = new MemoryStream();
        await VmaWriter.WriteAsync(archive, content, done, CancellationToken.None);
        return archive.ToArray();
    }

    /// <summary>Compares bytes as bytes; a comparison of nested collections takes minutes.</summary>
    public static void AssertSame(IReadOnlyList<MemoryDisk> disks, IEnumerable<byte[]> images)
    {
        var archived = images.ToList();
        Assert.Equal(disks.Count, archived.Count);
        for (var i = 0; i < disks.Count; i++)
        {
            Assert.True(disks[i].Archived.AsSpan().SequenceEqual(archived[i]), $"Disk {i} differs.");
        }
    }

    public static async Task<ArchiveChecker> CheckedAsync(params IEnumerable<IDisk> disks) => new(await BytesAsync(Content(disks)));
}

/// <summary>Progress told at once and kept.</summary>
internal sealed class ToldProgress : IProgress<long>
{
    public List<long> Values { get; } = [];

    public void Report(long value) => Values.Add(value);
}

/// <summary>A target in memory that tells each write.</summary>
internal sealed class MemoryTarget(long size) : IVmaTarget
{
    public byte[] Image { get; private set; } = new byte[size];

    public List<(long Offset, int Length)> Writes { get; } = [];

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        Writes.Add((offset, data.Length));
        if (offset + data.Length > Image.Length)
        {
            Image = [.. Image, .. new byte[offset + data.Length - Image.Length]];
        }

        data.Span.CopyTo(Image.AsSpan((int)offset));
        return ValueTask.CompletedTask;
    }
}
