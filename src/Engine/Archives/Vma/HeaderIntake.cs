using System.Buffers.Binary;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Takes the header from a stream.</summary>
internal static class HeaderIntake
{
    public static async Task<VmaHeader> ReadAsync(Stream source, CancellationToken cancellation)
    {
        var header = new byte[HeaderTables];
        var got = await source.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellation);
        if (!header.AsSpan(0, got).StartsWith(Magic))
        {
            throw new VmaFormatException("This is not a VMA archive.");
        }

        if (got < header.Length)
        {
            throw EndsInside();
        }

        var size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(Header.Size));
        if (size is < HeaderTables or > LargestHeaderRead)
        {
            throw new VmaFormatException($"The archive claims a header of {size} bytes; it must have {HeaderTables} to {LargestHeaderRead}.");
        }

        // The size is only a claim yet: memory grows with what has arrived.
        while (got < size)
        {
            Array.Resize(ref header, (int)Math.Min(size, got * 2L));
            var rest = header.AsMemory(got);
            if (await source.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellation) < rest.Length)
            {
                throw EndsInside();
            }

            got = header.Length;
        }

        return Checksum.Matches(header, Header.Checksum)
            ? new HeaderDecoder(header).Decode()
            : throw new VmaFormatException("The archive's header is damaged: its checksum is wrong.");
    }

    private static VmaFormatException EndsInside() => new("The archive ends inside its header.");
}
