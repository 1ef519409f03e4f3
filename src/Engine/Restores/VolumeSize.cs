using System.Globalization;

namespace VzDump.Engine.Restores;

/// <summary>Sizes as Proxmox VE's configurations write them.</summary>
internal static class VolumeSize
{
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
