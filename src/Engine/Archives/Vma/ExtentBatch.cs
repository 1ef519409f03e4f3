using System.Buffers.Binary;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>
/// Extents being built one after another in one buffer and written with one call. A full extent fills the buffer nearly alone;
/// of the extents of a hole, which are headers only, hundreds share it.
/// </summary>
internal sealed class ExtentBatch(byte[] buffer, byte[] uuid)
{
    private int _start;
    private int _slots;
    private int _blocks;

    /// <summary>How far the disks are archived once this is written, in bytes of all disks together.</summary>
    public long Done { get; set; }

    /// <summary>The part of the disks that is stored in these extents, in bytes.</summary>
    public long Stored { get; private set; }

    public ReadOnlyMemory<byte> Finished => buffer.AsMemory(0, _start);

    public bool HasRoom => buffer.Length - _start >= LargestExtent;

    public int FreeSlots => SlotsPerExtent - _slots;

    /// <summary>Where data of the next clusters is to be read to; <see cref="AddData"/> then takes it from there.</summary>
    public Memory<byte> Free => buffer.AsMemory(PayloadEnd, FreeSlots * Cluster);

    private int PayloadEnd => _start + ExtentHeader + (_blocks * Block);

    public void Reset()
    {
        (_start, Done, Stored) = (0, 0, 0);
        Open();
    }

    public void AddZeros(int stream, uint cluster, int count)
    {
        for (var i = 0; i < count; i++)
        {
            AddSlot(stream, cluster + (uint)i, mask: 0);
        }
    }

    /// <summary>Takes the first <paramref name="length"/> bytes of <see cref="Free"/>; only the last cluster may be a partial one.</summary>
    public void AddData(int stream, uint cluster, int length)
    {
        var data = Free.Span;
        var padded = (int)RoundUp(length, Block);
        data[length..padded].Clear();
        var kept = 0;
        ushort mask = 0;
        for (var at = 0; at < padded; at += Cluster)
        {
            mask = ZeroBlocks.Compact(data, at, Math.Min(Cluster, padded - at), ref kept);
            AddSlot(stream, cluster++, mask);
        }

        var lastIsStored = (mask >> ((padded - 1) / Block % BlocksPerCluster) & 1) != 0;
        Stored += kept - (lastIsStored ? padded - length : 0);
        _blocks += kept / Block;
    }

    /// <summary>Seals the extent and begins the next.</summary>
    public void Close()
    {
        var header = buffer.AsSpan(_start, ExtentHeader);
        ExtentMagic.CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header[Extent.BlockCount..], (ushort)_blocks);
        uuid.CopyTo(header[Extent.Uuid..]);
        Checksum.Put(header, Extent.Checksum);
        _start = PayloadEnd;
        Open();
    }

    private void Open()
    {
        (_slots, _blocks) = (0, 0);
        if (HasRoom)
        {
            buffer.AsSpan(_start, ExtentHeader).Clear();
        }
    }

    private void AddSlot(int stream, uint cluster, ushort mask)
    {
        var slot = buffer.AsSpan(_start + Extent.Slots + (Extent.Slot * _slots++), Extent.Slot);
        BinaryPrimitives.WriteUInt16BigEndian(slot, mask);
        slot[3] = (byte)stream;
        BinaryPrimitives.WriteUInt32BigEndian(slot[4..], cluster);
    }
}
