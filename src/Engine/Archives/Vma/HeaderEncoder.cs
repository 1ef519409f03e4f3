using System.Buffers.Binary;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Writes the header of an archive.</summary>
internal static class HeaderEncoder
{
    public static byte[] Encode(VmaContent content)
    {
        CheckCounts(content);
        var header = new byte[HeaderTables];
        var blobs = new MemoryStream();
        blobs.WriteByte(0);  // offset 0 means "none"

        Magic.CopyTo(header);
        Put32(header, Header.Version, KnownVersion);
        content.Uuid.TryWriteBytes(header.AsSpan(Header.Uuid), bigEndian: true, out _);
        Put64(header, Header.Created, content.Created.ToUnixTimeSeconds());
        for (var i = 0; i < content.Configs.Count; i++)
        {
            var config = content.Configs[i];
            Put32(header, Header.ConfigNames + (4 * i), Add(blobs, VmaName.Encode(config.Name), config.Name));
            Put32(header, Header.ConfigData + (4 * i), Add(blobs, config.Data.Span, config.Name));
        }

        for (var i = 0; i < content.Streams.Count; i++)
        {
            var entry = Header.Devices + (Header.DeviceEntry * (i + 1));
            var stream = content.Streams[i];
            Put32(header, entry, Add(blobs, VmaName.Encode(stream.Name), stream.Name));
            Put64(header, entry + Header.DeviceSize, SizeOf(stream));
        }

        return Seal(header, blobs);
    }

    /// <summary>A disk's size in the archive: whole sectors.</summary>
    public static long SizeOf(VmaStream stream)
    {
        var length = stream.Disk.Length;
        return length switch
        {
            <= 0 => throw new VmaFormatException($"The disk {stream.Name} is empty; an archive cannot hold an empty disk."),
            > LargestDevice => throw new VmaFormatException($"The disk {stream.Name} is larger than 256 TiB, the most that an archive can hold."),
            _ => RoundUp(length, Sector),
        };
    }

    private static void CheckCounts(VmaContent content)
    {
        if (content.Configs.Count > MostConfigs)
        {
            throw new VmaFormatException($"An archive holds at most {MostConfigs} configs, not {content.Configs.Count}.");
        }

        if (content.Streams.Count > LastStreamId)
        {
            throw new VmaFormatException($"An archive holds at most {LastStreamId} disks, not {content.Streams.Count}.");
        }

        if (content.Created < DateTimeOffset.UnixEpoch)
        {
            throw new VmaFormatException("An archive cannot be older than 1970.");
        }

        VmaName.CheckDistinct(content.Configs.Select(config => config.Name));
        VmaName.CheckDistinct(content.Streams.Select(stream => stream.Name));
    }

    private static uint Add(MemoryStream blobs, ReadOnlySpan<byte> data, string name)
    {
        if (data.Length > LargestBlob)
        {
            throw new VmaFormatException($"The config {name} has {data.Length} bytes; an archive holds at most {LargestBlob}.");
        }

        var offset = (uint)blobs.Length;
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)data.Length);
        blobs.Write(length);
        blobs.Write(data);
        return offset;
    }

    private static byte[] Seal(byte[] tables, MemoryStream blobs)
    {
        var size = RoundUp(HeaderTables + blobs.Length, Sector);
        if (size > LargestHeaderWritten)
        {
            throw new VmaFormatException($"The configs are too large: with them the header has {size} bytes, and at most {LargestHeaderWritten} are allowed.");
        }

        var header = new byte[size];
        tables.CopyTo(header, 0);
        blobs.GetBuffer().AsSpan(0, (int)blobs.Length).CopyTo(header.AsSpan(HeaderTables));
        Put32(header, Header.BlobOffset, HeaderTables);
        Put32(header, Header.BlobSize, (uint)blobs.Length);
        Put32(header, Header.Size, (uint)size);
        Checksum.Put(header, Header.Checksum);
        return header;
    }

    private static void Put32(byte[] header, int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(at), value);

    private static void Put64(byte[] header, int at, long value) => BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(at), value);
}
