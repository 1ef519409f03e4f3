using System.Buffers.Binary;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Reads the tables of a header whose checksum has been found right.</summary>
internal sealed class HeaderDecoder(byte[] header)
{
    private ReadOnlyMemory<byte> _blobs;

    public VmaHeader Decode()
    {
        if (Get32(Header.Version) is var version && version != KnownVersion)
        {
            throw new VmaFormatException($"The archive has format version {version}; only version {KnownVersion} is known.");
        }

        var (offset, size) = ((long)Get32(Header.BlobOffset), (long)Get32(Header.BlobSize));
        if (offset < HeaderTables || offset + size > header.Length)
        {
            throw new VmaFormatException("The archive's header points outside itself.");
        }

        _blobs = header.AsMemory((int)offset, (int)size);
        var devices = Devices();
        var configs = Configs();
        VmaName.CheckDistinct(devices.Select(device => device.Name));
        VmaName.CheckDistinct(configs.Select(config => config.Name));
        return new VmaHeader
        {
            Uuid = new Guid(header.AsSpan(Header.Uuid, UuidSize), bigEndian: true),
            Created = Created(),
            Configs = configs,
            Devices = devices,
            Length = header.Length,
        };
    }

    private DateTimeOffset Created()
    {
        var seconds = Get64(Header.Created);
        return seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : throw new VmaFormatException("The archive's creation time is beyond the calendar.");
    }

    private List<VmaDevice> Devices()
    {
        var devices = new List<VmaDevice>();
        for (var id = 0; id < Header.DeviceEntries; id++)
        {
            var entry = Header.Devices + (Header.DeviceEntry * id);
            var (name, size) = (Get32(entry), Get64(entry + Header.DeviceSize));
            if (name == 0 && size == 0)
            {
                continue;
            }

            if (id is 0 or > LastStreamId)
            {
                throw new VmaFormatException($"The archive uses the stream id {id}, which is reserved.");
            }

            if (size is 0 or > (ulong)LargestDevice)
            {
                throw new VmaFormatException($"Device {id} of the archive has an impossible size of {size} bytes.");
            }

            devices.Add(new VmaDevice(id, VmaName.Decode(Blob(name).Span), (long)size));
        }

        return devices;
    }

    private List<VmaConfig> Configs()
    {
        var configs = new List<VmaConfig>();
        for (var i = 0; i < MostConfigs; i++)
        {
            var (name, data) = (Get32(Header.ConfigNames + (4 * i)), Get32(Header.ConfigData + (4 * i)));
            if (name != 0 || data != 0)
            {
                configs.Add(new VmaConfig(VmaName.Decode(Blob(name).Span), Blob(data)));
            }
        }

        return configs;
    }

    private ReadOnlyMemory<byte> Blob(uint offset)
    {
        long start = offset + 2L;
        if (offset == 0 || start > _blobs.Length)
        {
            throw new VmaFormatException("The archive's header lacks a name or a config that it lists.");
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(_blobs.Span[(int)offset..]);
        return start + length <= _blobs.Length
            ? _blobs.Slice((int)start, length)
            : throw new VmaFormatException("A name or a config in the archive's header runs past the header's end.");
    }

    private uint Get32(int at) => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(at));

    private ulong Get64(int at) => BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(at));
}
