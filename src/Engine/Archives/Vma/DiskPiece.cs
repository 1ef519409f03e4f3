using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>A part of a disk on its way into an extent: whole clusters, or the disk's last ones.</summary>
/// <param name="Data">Where there is data to read; the rest is zero. Empty for a hole.</param>
internal sealed record DiskPiece(DiskWalk Disk, int Stream, long Offset, long End, IReadOnlyList<(long From, long To)> Data)
{
    public uint FirstCluster => (uint)(Offset / Cluster);

    public int Clusters => (int)(RoundUp(End - Offset, Cluster) / Cluster);

    public bool IsHole => Data.Count == 0;

    /// <summary>Of a device's last sector all counts; the disk itself may end in it.</summary>
    public int Sectors => (int)RoundUp(End - Offset, Sector);

    /// <summary>Room for whole blocks.</summary>
    public int Room => (int)RoundUp(End - Offset, Block);

    /// <summary>Fills a buffer as large as <see cref="Room"/>.</summary>
    public async Task ReadAsync(Memory<byte> to, CancellationToken cancellation)
    {
        var at = Offset;
        foreach (var (from, end) in Data)
        {
            Between(at, from).Span.Clear();
            await Disk.ReadAsync(from, Between(from, end), cancellation);
            at = end;
        }

        to.Span[(int)(at - Offset)..].Clear();

        Memory<byte> Between(long from, long end) => to[(int)(from - Offset)..(int)(end - Offset)];
    }
}
