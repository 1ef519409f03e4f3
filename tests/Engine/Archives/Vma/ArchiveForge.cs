using System.Text;

namespace VzDump.Tests.Engine.Archives.Vma;

/// <summary>A cluster's entry with the blocks that its mask promises.</summary>
internal sealed record ForgedSlot(int Stream, uint Cluster, int Mask, byte[] Blocks);

/// <summary>
/// Makes archives from byte offsets, as the description of the format gives them; sound ones of shapes that our writer never
/// makes, and with <c>spoil</c> unsound ones whose checksums are right. Shares no code with the product.
/// </summary>
internal static class ArchiveForge
{
    public static readonly byte[] Uuid = [.. Enumerable.Range(1, 16).Select(i => (byte)(i * 15))];

    public static byte[] Header(
        IReadOnlyList<(string Name, byte[] Data)> configs,
        IReadOnlyList<(string Name, long Size)> devices,
        Action<byte[]>? spoil = null,
        int extra = 0)
    {
        var blobs = new List<byte> { 0 };
        var header = new byte[12288];
        for (var i = 0; i < configs.Count; i++)
        {
            Big(header, 2044 + (4 * i), 4, Blob(blobs, Encoding.UTF8.GetBytes(configs[i].Name + '\0')));
            Big(header, 3068 + (4 * i), 4, Blob(blobs, configs[i].Data));
        }

        for (var i = 0; i < devices.Count; i++)
        {
            Big(header, 4096 + (32 * (i + 1)), 4, Blob(blobs, Encoding.UTF8.GetBytes(devices[i].Name + '\0')));
            Big(header, 4096 + (32 * (i + 1)) + 8, 8, devices[i].Size);
        }

        Array.Resize(ref header, ((12288 + blobs.Count + 511) / 512 * 512) + extra);
        blobs.CopyTo(header, 12288);
        "VMA\0"u8.CopyTo(header);
        Big(header, 4, 4, 1);
        Uuid.CopyTo(header, 8);
        Big(header, 24, 8, 1_600_000_000);
        Big(header, 48, 4, 12288);
        Big(header, 52, 4, blobs.Count);
        Big(header, 56, 4, header.Length);
        spoil?.Invoke(header);
        OwnMd5.Of(header).CopyTo(header, 32);
        return header;
    }

    /// <param name="slots">At most 59; null for an empty one.</param>
    /// <param name="spoil">Sees the header of the extent before it is summed.</param>
    public static byte[] Extent(IReadOnlyList<ForgedSlot?> slots, Action<byte[]>? spoil = null)
    {
        var header = new byte[512];
        "VMAE"u8.CopyTo(header);
        Uuid.CopyTo(header, 8);
        Big(header, 6, 2, slots.Sum(slot => slot?.Blocks.Length ?? 0) / 4096);
        for (var i = 0; i < slots.Count; i++)
        {
            if (slots[i] is { } slot)
            {
                Big(header, 40 + (8 * i), 2, slot.Mask);
                header[40 + (8 * i) + 3] = (byte)slot.Stream;
                Big(header, 40 + (8 * i) + 4, 4, slot.Cluster);
            }
        }

        spoil?.Invoke(header);
        OwnMd5.Of(header).CopyTo(header, 24);
        return [.. header, .. slots.SelectMany(slot => slot?.Blocks ?? [])];
    }

    /// <summary>The entry of one cluster of an image. Zero blocks are stored too unless they are to be left out.</summary>
    public static ForgedSlot Slot(int stream, byte[] image, int cluster, bool storeZeros = false)
    {
        var mask = 0;
        var blocks = new List<byte>();
        for (var j = 0; j < 16 && (cluster * 65536) + (j * 4096) < image.Length; j++)
        {
            var block = new byte[4096];
            var at = (cluster * 65536) + (j * 4096);
            image.AsSpan(at, Math.Min(4096, image.Length - at)).CopyTo(block);
            if (storeZeros || block.Any(b => b != 0))
            {
                mask |= 1 << j;
                blocks.AddRange(block);
            }
        }

        return new ForgedSlot(stream, (uint)cluster, mask, [.. blocks]);
    }

    public static IEnumerable<ForgedSlot> Slots(int stream, byte[] image, bool storeZeros = false) =>
        Enumerable.Range(0, (image.Length + 65535) / 65536).Select(cluster => Slot(stream, image, cluster, storeZeros));

    public static void Big(byte[] to, int at, int bytes, long value)
    {
        for (var i = 0; i < bytes; i++)
        {
            to[at + i] = (byte)(value >> (8 * (bytes - 1 - i)));
        }
    }

    private static int Blob(List<byte> blobs, byte[] data)
    {
        var offset = blobs.Count;
        blobs.AddRange([(byte)data.Length, (byte)(data.Length >> 8), .. data]);
        return offset;
    }
}
