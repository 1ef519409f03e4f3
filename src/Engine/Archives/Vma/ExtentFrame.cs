using System.Buffers.Binary;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>One extent as it was read, and where its data belongs.</summary>
internal sealed class ExtentFrame(byte[] buffer, byte[] uuid)
{
    public List<DataRun> Runs { get; } = [];

    public int BlockCount { get; private set; }

    /// <summary>In bytes.</summary>
    public int Length => ExtentHeader + (BlockCount * Block);

    /// <summary>How far the devices are read with this extent, in bytes of all devices together.</summary>
    public long Done { get; set; }

    public ReadOnlyMemory<byte> Data(DataRun run) => buffer.AsMemory(run.At, run.Length);

    /// <summary>Reads the next extent and checks all of it but its slots. False at the archive's end.</summary>
    public async ValueTask<bool> ReadAsync(Stream source, long position, CancellationToken cancellation)
    {
        Runs.Clear();
        var got = await source.ReadAtLeastAsync(buffer.AsMemory(0, ExtentHeader), ExtentHeader, throwOnEndOfStream: false, cancellation);
        if (got == 0)
        {
            return false;
        }

        if (got < ExtentHeader)
        {
            throw new VmaFormatException($"The archive ends inside an extent: the one at byte {position} is cut.");
        }

        CheckHeader(position);
        var payload = buffer.AsMemory(ExtentHeader, BlockCount * Block);
        got = await source.ReadAtLeastAsync(payload, payload.Length, throwOnEndOfStream: false, cancellation);
        return got == payload.Length
            ? true
            : throw new VmaFormatException($"The archive ends inside an extent: the one at byte {position} is cut.");
    }

    public ExtentSlot Slot(int index)
    {
        var slot = buffer.AsSpan(Extent.Slots + (Extent.Slot * index), Extent.Slot);
        return new ExtentSlot(
            slot[3],
            BinaryPrimitives.ReadUInt32BigEndian(slot[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(slot),
            IsPlain: slot[2] == 0);
    }

    private void CheckHeader(long position)
    {
        var header = buffer.AsSpan(0, ExtentHeader);
        var problem =
            !Checksum.Matches(header, Extent.Checksum) ? "its checksum is wrong"
            : !header.Slice(Extent.Uuid, UuidSize).SequenceEqual(uuid) ? "it belongs to another archive"
            : !header.StartsWith(ExtentMagic) ? "it does not begin like an extent"
            : BinaryPrimitives.ReadUInt16BigEndian(header[Extent.Reserved..]) != 0 ? "it uses a reserved field"
            : null;
        if (problem is not null)
        {
            throw new VmaFormatException($"The archive is damaged at byte {position}: {problem}.");
        }

        BlockCount = BinaryPrimitives.ReadUInt16BigEndian(header[Extent.BlockCount..]);
        if (BlockCount > BlocksPerExtent)
        {
            throw new VmaFormatException($"The archive is damaged at byte {position}: an extent claims {BlockCount} blocks, and holds {BlocksPerExtent} at most.");
        }
    }
}

/// <summary>A cluster's entry in an extent. Stream 0 is an empty slot; bit j of the mask tells that block j is stored.</summary>
internal readonly record struct ExtentSlot(int Stream, uint Cluster, ushort Mask, bool IsPlain);

/// <summary>Data of one device in one piece: its place in the buffer, its length, and its offset on the device, in bytes.</summary>
internal readonly record struct DataRun(int Stream, long Offset, int At, int Length)
{
    public bool IsFollowedBy(int stream, long offset) => stream == Stream && offset == Offset + Length;
}
