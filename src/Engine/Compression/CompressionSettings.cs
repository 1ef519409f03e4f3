namespace VzDump.Engine.Compression;

/// <summary>How an archive is compressed.</summary>
/// <param name="Threads">At least 1; only gzip and zstd use more than one.</param>
public sealed record CompressionSettings(CompressionKind Kind, int Threads)
{
    /// <summary>vzdump's thread rules. <paramref name="zstd"/>: 0 is half the cores. <paramref name="pigz"/>: 0 is one thread, 1 half the cores, else that many.</summary>
    public static CompressionSettings From(CompressionKind kind, int zstd, int pigz, int cores)
    {
        var half = Math.Max(1, (cores + 1) / 2);
        return new CompressionSettings(kind, kind switch
        {
            CompressionKind.Zstd => zstd == 0 ? half : zstd,
            CompressionKind.Gzip => pigz switch { 0 => 1, 1 => half, _ => pigz },
            _ => 1,
        });
    }
}
