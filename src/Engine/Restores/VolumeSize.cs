using System.Globalization;

namespace VzDump.Engine.Restores;

/// <summary>Sizes as Proxmox VE's configurations write them.</summary>
internal static class VolumeSize
{
    /// <summary>In the largest unit that tells it exactly, e.g. 8G, 528K, or 1536 for bytes.</summary>
    public static string Write(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes > 0 && bytes % (1L << 30) == 0 ? $"{bytes >> 30}G" : bytes > 0 && bytes % (1L << 20) == 0 ? $"{bytes >> 20}M" : bytes > 0 && bytes % (1L << 10) == 0 ? $"{bytes >> 10}K" : $"{bytes}")}");

    /// <summary>In bytes, e.g. of 8G or 512M; null for what is no size.</summary>
    public static long? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var unit = text[^1] switch { 'K' => 1L << 10, 'M' => 1L << 20, 'G' => 1L << 30, 'T' => 1L << 40, _ => 1 };
        var digits = unit == 1 ? text : text[..^1];
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit <= 1L << 50 ? (long)(number * unit) : null;
    }
}
