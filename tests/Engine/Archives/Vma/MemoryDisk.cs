using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Archives.Vma;

internal enum Piece { Hole, Zeros, Data, Speckled }

/// <summary>A disk in memory, laid out from pieces. Remembers what was read of it, and fails when a hole is.</summary>
internal sealed class MemoryDisk(byte[] image, IReadOnlyList<DiskExtent> stretches) : IDisk
{
    public MemoryDisk(byte[] image)
        : this(image, [new DiskExtent(image.Length, IsHole: false)])
    {
    }

    public byte[] Image => image;

    public List<(long Offset, int Length)> Reads { get; } = [];

    public long Length => image.Length;

    /// <summary>What the archive must hold: the image and zeros up to whole sectors.</summary>
    public byte[] Archived => [.. image, .. new byte[(512 - (image.Length % 512)) % 512]];

    public static MemoryDisk Of(int seed, params IEnumerable<(Piece Kind, int Length)> pieces)
    {
        var random = new Random(seed);
        var image = new List<byte>();
        var stretches = new List<DiskExtent>();
        foreach (var (kind, length) in pieces)
        {
            var bytes = new byte[length];
            if (kind == Piece.Data)
            {
                random.NextBytes(bytes);
            }
            else if (kind == Piece.Speckled)
            {
                for (var i = 0; i <= length / 9000; i++)
                {
                    bytes[random.Next(length)] = 1;
                }
            }

            image.AddRange(bytes);
            stretches.Add(new DiskExtent(image.Count, kind == Piece.Hole));
        }

        return new MemoryDisk([.. image], stretches);
    }

    public ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation) =>
        ValueTask.FromResult(stretches.First(stretch => stretch.End > offset));

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        await Task.Yield();
        Assert.True(offset + buffer.Length <= Length, "A read past the end.");
        var from = 0L;
        foreach (var stretch in stretches)
        {
            Assert.False(stretch.IsHole && from < offset + buffer.Length && stretch.End > offset, "A hole was read.");
            from = stretch.End;
        }

        lock (Reads)
        {
            Reads.Add((offset, buffer.Length));
        }

        image.AsSpan((int)offset, buffer.Length).CopyTo(buffer.Span);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
