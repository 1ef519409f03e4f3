using System.Buffers.Binary;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>
/// Extents that are made one after another in one buffer and written with one call. A full extent fills the buffer nearly alone;
/// of the extents of a hole, which are headers only, hundreds share it. First it is known what each will hold, then they are made:
/// so the next batch can be planned, and even be read, while this one still is.
/// </summary>
internal sealed class ExtentBatch(byte[] buffer, byte[] uuid)
{
    private readonly List<List<DiskPiece>> _extents = [];
    private int _planned;
    private int _finished;

    /// <summary>How far the disks are archived once this is written, in bytes of all disks together.</summary>
    public long Done { get; set; }

    /// <summary>The part of the disks that is stored in these extents, in bytes.</summary>
    public long Stored { get; private set; }

    public bool IsEmpty => _extents.Count == 0;

    /// <summary>What <see cref="MakeAsync"/> has made.</summary>
    public ReadOnlyMemory<byte> Finished => buffer.AsMemory(0, _finished);

    /// <summary>For one more extent, even if nothing of those before is zero.</summary>
    public bool HasRoom => buffer.Length - _planned >= LargestExtent;

    /// <summary>Of the extent that was begun last.</summary>
    public int FreeSlots { get; private set; }

    public void Reset()
    {
        _extents.Clear();
        (_planned, _finished, FreeSlots, Done, Stored) = (0, 0, 0, 0, 0);
    }

    /// <summary>The pieces that follow go into a new extent.</summary>
    public void Begin()
    {
        _extents.Add([]);
        _planned += ExtentHeader;
        FreeSlots = SlotsPerExtent;
    }

    /// <summary>Of pieces of one disk only the last may end within a cluster.</summary>
    public void Add(DiskPiece piece)
    {
        _extents[^1].Add(piece);
        _planned += piece.IsHole ? 0 : piece.Room;
        FreeSlots -= piece.Clusters;
    }

    /// <summary>Reads the pieces and makes the extents.</summary>
    public async Task MakeAsync(CancellationToken cancellation)
    {
        foreach (var pieces in _extents)
        {
            var reads = new List<Task>();
            var at = _finished + ExtentHeader;
            foreach (var piece in pieces.Where(piece => !piece.IsHole))
            {
                reads.Add(piece.ReadAsync(buffer.AsMemory(at, piece.Room), cancellation));
                at += piece.Room;
            }

            // All of them, also after one failed: nothing may write to the buffer when this is over.
            await Task.WhenAll(reads);
            Seal(pieces);
        }
    }

    private void Seal(List<DiskPiece> pieces)
    {
        var header = buffer.AsSpan(_finished, ExtentHeader);
        header.Clear();
        var slots = header[Extent.Slots..];
        var (at, kept) = (_finished + ExtentHeader, _finished + ExtentHeader);
        foreach (var piece in pieces)
        {
            var (before, mask) = (kept, (ushort)0);
            for (var cluster = 0; cluster < piece.Clusters; cluster++)
            {
                if (!piece.IsHole)
                {
                    var length = Math.Min(Cluster, piece.Room - (cluster * Cluster));
                    mask = ZeroBlocks.Compact(buffer, at, length, ref kept);
                    at += length;
                }

                BinaryPrimitives.WriteUInt16BigEndian(slots, mask);
                slots[3] = (byte)piece.Stream;
                BinaryPrimitives.WriteUInt32BigEndian(slots[4..], piece.FirstCluster + (uint)cluster);
                slots = slots[Extent.Slot..];
            }

            var lastIsStored = (mask >> ((piece.Room - 1) / Block % BlocksPerCluster) & 1) != 0;
            Stored += kept - before - (lastIsStored ? piece.Room - piece.Sectors : 0);
        }

        ExtentMagic.CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header[Extent.BlockCount..], (ushort)((kept - _finished - ExtentHeader) / Block));
        uuid.CopyTo(header[Extent.Uuid..]);
        Checksum.Put(header, Extent.Checksum);
        _finished = kept;
    }
}
