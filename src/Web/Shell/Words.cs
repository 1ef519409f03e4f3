using System.Globalization;

namespace VzDump.Web.Shell;

/// <summary>Quantities as a person reads them.</summary>
public static class Words
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Three digits that count, such as <c>1.25 GiB</c>.</summary>
    public static string Size(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1000 && unit < Units.Length - 1; unit++)
        {
            bytes /= 1024;
        }

        var format = unit == 0 || bytes >= 100 ? "0" : bytes >= 10 ? "0.0" : "0.00";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>The two largest units, such as <c>3 min 12 s</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "under 1 s",
        { TotalMinutes: < 1 } => $"{span.Seconds} s",
        { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{(int)span.TotalDays} d {span.Hours} h",
    };

    /// <summary>One unit, such as <c>5 minutes ago</c>. A clock that is a little ahead counts as now.</summary>
    public static string Ago(TimeSpan age) => age switch
    {
        { TotalSeconds: < 45 } => "just now",
        { TotalMinutes: < 60 } => Count(Math.Max(1, (int)age.TotalMinutes), "minute") + " ago",
        { TotalHours: < 24 } => Count((int)age.TotalHours, "hour") + " ago",
        { TotalDays: < 60 } => Count((int)age.TotalDays, "day") + " ago",
        { TotalDays: < 730 } => Count((int)(age.TotalDays / 30.4), "month") + " ago",
        _ => Count((int)(age.TotalDays / 365.25), "year") + " ago",
    };

    /// <summary>One unit, such as <c>in 5 minutes</c>. What is due and has not begun counts as now.</summary>
    public static string In(TimeSpan wait) => wait switch
    {
        { TotalSeconds: < 45 } => "now",
        { TotalMinutes: < 59.5 } => "in " + Count(Math.Max(1, (int)Math.Round(wait.TotalMinutes)), "minute"),
        { TotalHours: < 23.5 } => "in " + Count((int)Math.Round(wait.TotalHours), "hour"),
        { TotalDays: < 60 } => "in " + Count((int)Math.Round(wait.TotalDays), "day"),
        { TotalDays: < 730 } => "in " + Count((int)(wait.TotalDays / 30.4), "month"),
        _ => "in " + Count((int)(wait.TotalDays / 365.25), "year"),
    };

    /// <summary>Rounded down, so that 100% means all.</summary>
    public static string Percent(double fraction) => $"{((int)(100 * fraction)).ToString(CultureInfo.InvariantCulture)}%";

    public static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number.ToString(CultureInfo.InvariantCulture)} {noun}s";
}
