namespace VzDump.Engine.Compression;

/// <summary>
/// Cuts a stream where its content says so, not where its length does: what comes after a change is cut in the same places as before, so its
/// compressed members are the same bytes, and rsync need not send them again. It does what <c>gzip --rsyncable</c> is for.
/// </summary>
internal sealed class ContentCut
{
    public const int Longest = 2 * 1024 * 1024;
    private const int Shortest = 256 * 1024;

    // A place is cut when the hash of the 64 bytes before it begins with 20 zero bits: on average one in a mebibyte.
    private const int Window = 64;
    private const ulong Threshold = 1UL << (64 - 20);
    private static readonly ulong[] Weights = [.. Enumerable.Range(0, 256).Select(Weight)];
    private ulong _hash;

    /// <summary>Whether the piece that is being filled ends within this data.</summary>
    /// <param name="filled">How much of the piece there is already; with the data no more than <see cref="Longest"/>.</param>
    /// <param name="count">How much of the data belongs to the piece.</param>
    public bool Ends(ReadOnlySpan<byte> data, int filled, out int count)
    {
        var hash = _hash;
        // What is shifted out of the hash no longer counts: it need not be computed before the first possible cut is near.
        for (var at = Math.Max(0, Shortest - Window - filled); at < data.Length; at++)
        {
            hash = (hash << 1) + Weights[data[at]];
            if (hash < Threshold && filled + at + 1 >= Shortest)
            {
                (_hash, count) = (0, at + 1);
                return true;
            }
        }

        (_hash, count) = (hash, data.Length);
        if (filled + count < Longest)
        {
            return false;
        }

        _hash = 0;
        return true;
    }

    // Any numbers would do that look random and are the same ones for ever: those of other years are in the archives of other years.
    private static ulong Weight(int value)
    {
        var bits = (ulong)(value + 1) * 0x9E3779B97F4A7C15;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
