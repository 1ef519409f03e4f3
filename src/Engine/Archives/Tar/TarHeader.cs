using System.Globalization;
using System.Text;

namespace VzDump.Engine.Archives.Tar;

/// <summary>A block of a tar archive that begins a member.</summary>
/// <param name="block">512 bytes.</param>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>Archives consist of blocks of so many bytes.</summary>
    public const int Block = 512;

    /// <summary>So much of a further block of an old sparse file is pieces.</summary>
    public const int MorePiecesBytes = 21 * 24;

    private readonly ReadOnlySpan<byte> _block = block;

    /// <summary>e.g. <c>0</c> for a file, <c>5</c> for a folder, <c>x</c> for more about the next member.</summary>
    public char Type => (char)_block[156];

    /// <summary>What follows it, in bytes; null when that is no number.</summary>
    public long? Size => Number(_block.Slice(124, 12));

    /// <summary>Whether blocks with an old sparse file's further pieces come before its content.</summary>
    public bool HasMorePieces => Type == 'S' && _block[482] != 0;

    /// <summary>Without <c>./</c> before it. A long one is cut off; the whole is in an extended header then.</summary>
    public string Name
    {
        get
        {
            var name = Encoding.UTF8.GetString(Path);
            return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        }
    }

    /// <summary>The path's bytes; see <see cref="Name"/>.</summary>
    // The mark of POSIX ends with a zero, that of GNU with a blank; only POSIX has the front part of the path here.
    public byte[] Path => _block.Slice(257, 6).SequenceEqual("ustar\0"u8) && _block[345] != 0 ? [.. Letters(_block.Slice(345, 155)), (byte)'/', .. Letters(_block[..100])] : Letters(_block[..100]).ToArray();

    /// <summary>What a link leads to; a long one is cut off.</summary>
    public byte[] Link => Letters(_block.Slice(157, 100)).ToArray();

    public long Mode => Number(_block.Slice(100, 8)) ?? 0;

    public long User => Number(_block.Slice(108, 8)) ?? 0;

    public long Group => Number(_block.Slice(116, 8)) ?? 0;

    /// <summary>In seconds since 1970.</summary>
    public long Modified => Number(_block.Slice(136, 12)) ?? 0;

    /// <summary>Of an old sparse file, its holes included; null when that is no number.</summary>
    public long? RealSize => Number(_block.Slice(483, 12));

    /// <summary>An old sparse file's first pieces: pairs of an offset and a length, 12 letters each.</summary>
    public ReadOnlySpan<byte> Pieces => _block.Slice(386, 4 * 24);

    /// <summary>Whether it is what was written: its checksum is right.</summary>
    public bool IsSound
    {
        get
        {
            // Its own field counts as blanks.
            var sum = Sum(_block) - Sum(_block.Slice(148, 8)) + (8 * ' ');
            return Number(_block.Slice(148, 8)) is { } said && (said == sum || said == sum - (256 * (High(_block) - High(_block.Slice(148, 8)))));
        }
    }

    /// <summary>Up to the end of the last block that this content takes.</summary>
    public static long RoundUp(long size) => (size + Block - 1) / Block * Block;

    /// <summary>Whether yet another block of an old sparse file's pieces follows this one.</summary>
    public static bool GoesOn(ReadOnlySpan<byte> pieces) => pieces[504] != 0;

    /// <summary>A value of an extended header, e.g. of <c>size</c> in <c>20 size=8589934592\n</c>; empty when it has none.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> records, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> value = [];
        while (records.IndexOf((byte)' ') is > 0 and var space
            && int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length > space && length <= records.Length)
        {
            var record = records[(space + 1)..length];
            if (record.StartsWith(key) && record.Length > key.Length && record[key.Length] == '=')
            {
                value = record[(key.Length + 1)..];
                value = value is [.., (byte)'\n'] ? value[..^1] : value;
            }

            records = records[length..];
        }

        return value;
    }

    /// <summary>The size that an extended header gives the next member; null when it gives none.</summary>
    public static long? SizeIn(ReadOnlySpan<byte> records) =>
        long.TryParse(Value(records, "size"u8), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;

    /// <summary>The text before the first zero.</summary>
    public static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(Letters(field));

    private static ReadOnlySpan<byte> Letters(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field;

    private static int Sum(ReadOnlySpan<byte> letters)
    {
        var sum = 0;
        foreach (var letter in letters)
        {
            sum += letter;
        }

        return sum;
    }

    // Some old programs add these with a sign.
    private static int High(ReadOnlySpan<byte> letters)
    {
        var count = 0;
        foreach (var letter in letters)
        {
            count += letter >> 7;
        }

        return count;
    }

    /// <summary>Octal digits, or for large ones a mark and the number itself; null when it is neither.</summary>
    public static long? Number(ReadOnlySpan<byte> field)
    {
        var number = 0L;
        if (field[0] == 0x80)
        {
            foreach (var part in field[1..])
            {
                if (number >> 55 != 0)
                {
                    return null;
                }

                number = (number << 8) | part;
            }

            return number;
        }

        foreach (var letter in field.Trim((byte)' '))
        {
            if (letter is 0 or (byte)' ')
            {
                break;
            }

            if (letter is < (byte)'0' or > (byte)'7' || number >> 59 != 0)
            {
                return null;
            }

            number = (number << 3) | (uint)(letter - '0');
        }

        return number;
    }
}
