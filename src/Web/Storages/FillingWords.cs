using System.Globalization;
using VzDump.Jobs.StorageUse;
using VzDump.Web.Shell;

namespace VzDump.Web.Storages;

/// <summary>Where the use of a storage leads, as a person reads it.</summary>
internal static class FillingWords
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    extension(StorageForecast forecast)
    {
        /// <summary>Such as <c>full in about 5 weeks, 28 December</c>.</summary>
        public string Words(DateTimeOffset now, TimeZoneInfo zone) => forecast switch
        {
            StorageForecast.FullAt full when full.At <= now => "full",
            StorageForecast.FullAt full => $"full {About(full.At - now)}, {Day(TimeZoneInfo.ConvertTime(full.At, zone), TimeZoneInfo.ConvertTime(now, zone))}",
            StorageForecast.NotGrowing => "not growing",
            StorageForecast.NotSoon => "not full within two years",
            _ => "not enough data yet for a forecast",
        };

        /// <summary>Whether somebody should do something about it: within thirty days.</summary>
        public bool IsSoon(DateTimeOffset now) => forecast is StorageForecast.FullAt full && full.At - now <= Soon;
    }

    private static string About(TimeSpan left) => left.TotalDays switch
    {
        < 1 => "within a day",
        < 14 => "in about " + Shell.Words.Count((int)Math.Round(left.TotalDays), "day"),
        < 60 => "in about " + Shell.Words.Count((int)Math.Round(left.TotalDays / 7), "week"),
        _ => "in about " + Shell.Words.Count((int)Math.Round(left.TotalDays / 30.4), "month"),
    };

    private static string Day(DateTimeOffset day, DateTimeOffset today) => day.ToString(day.Year == today.Year ? "d MMMM" : "d MMMM yyyy", CultureInfo.InvariantCulture);
}
