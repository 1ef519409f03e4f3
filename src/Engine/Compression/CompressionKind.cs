namespace VzDump.Engine.Compression;

/// <summary>vzdump's <c>compress</c> option.</summary>
public enum CompressionKind
{
    None,
    Lzo,
    Gzip,
    Zstd,
}

public static class CompressionKindNames
{
    extension(CompressionKind kind)
    {
        /// <summary>vzdump's word: 0, lzo, gzip or zstd.</summary>
        public string VzdumpName => kind switch
        {
            CompressionKind.Lzo => "lzo",
            CompressionKind.Gzip => "gzip",
            CompressionKind.Zstd => "zstd",
            _ => "0",
        };

        /// <summary>What it adds to an archive's name, with the dot; empty for none.</summary>
        public string Extension => kind switch
        {
            CompressionKind.Lzo => ".lzo",
            CompressionKind.Gzip => ".gz",
            CompressionKind.Zstd => ".zst",
            _ => "",
        };
    }

    /// <summary>Reads vzdump's word; <c>1</c> is its older name for lzo.</summary>
    public static CompressionKind? Parse(string text) => text switch
    {
        "0" => CompressionKind.None,
        "1" or "lzo" => CompressionKind.Lzo,
        "gzip" => CompressionKind.Gzip,
        "zstd" => CompressionKind.Zstd,
        _ => null,
    };
}
