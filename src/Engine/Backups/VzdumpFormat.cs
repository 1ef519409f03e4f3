using System.Globalization;

namespace VzDump.Engine.Backups;

/// <summary>Sizes and times as vzdump writes them in logs and mail.</summary>
public static class VzdumpFormat
{
    private const double KiB = 1024;

    /// <summary>e.g. 512KB, 17MB, 1.50GB, 1.20TB (powers of 1024).</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{(long)(bytes / KiB)}KB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20}MB"),
        < 1L << 40 => string.Create(CultureInfo.InvariantCulture, $"{bytes / KiB / KiB / KiB:0.00}GB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / KiB / KiB / KiB / KiB:0.00}TB"),
    };

    /// <summary>e.g. 00:01:07.</summary>
    public static string Time(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}");

    /// <summary>For progress lines, e.g. 22.4 MiB.</summary>
    public static string Amount(double bytes) => bytes switch
    {
        < 1L << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
        < 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / KiB:0.0} KiB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / KiB / KiB:0.0} MiB"),
        < 1L << 40 => string.Create(CultureInfo.InvariantCulture, $"{bytes / KiB / KiB / KiB:0.0} GiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / KiB / KiB / KiB / KiB:0.0} TiB"),
    };
}
