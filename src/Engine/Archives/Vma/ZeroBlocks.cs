using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Finds the blocks that are all zero and closes the gaps that they leave.</summary>
internal static class ZeroBlocks
{
    /// <summary>
    /// Moves the blocks of one cluster that are not zero down to <paramref name="kept"/>, which moves on behind them. Answers the
    /// cluster's mask: bit j for block j.
    /// </summary>
    public static ushort Compact(Span<byte> data, int at, int length, ref int kept)
    {
        var (mask, bit) = (0, 1);
        for (var end = at + length; at < end; (at, bit) = (at + Block, bit << 1))
        {
            var block = data.Slice(at, Block);
            if (block.ContainsAnyExcept((byte)0))
            {
                mask |= bit;
                if (kept != at)
                {
                    block.CopyTo(data[kept..]);
                }

                kept += Block;
            }
        }

        return (ushort)mask;
    }
}
