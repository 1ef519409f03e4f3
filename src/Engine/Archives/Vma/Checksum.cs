using System.Security.Cryptography;

namespace VzDump.Engine.Archives.Vma;

/// <summary>MD5 over a header whose own checksum field counts as zeros.</summary>
internal static class Checksum
{
    public static void Put(Span<byte> header, int field)
    {
        Span<byte> sum = stackalloc byte[VmaFormat.ChecksumSize];
        header.Slice(field, VmaFormat.ChecksumSize).Clear();
        MD5.HashData(header, sum);
        sum.CopyTo(header[field..]);
    }

    /// <summary>Leaves the field holding the right checksum.</summary>
    public static bool Matches(Span<byte> header, int field)
    {
        Span<byte> claimed = stackalloc byte[VmaFormat.ChecksumSize];
        var actual = header.Slice(field, VmaFormat.ChecksumSize);
        actual.CopyTo(claimed);
        Put(header, field);
        return claimed.SequenceEqual(actual);
    }
}
