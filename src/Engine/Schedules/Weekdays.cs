namespace VzDump.Engine.Schedules;

/// <summary>The names of the days of a week, of which Monday is number 0.</summary>
internal static class Weekdays
{
    private static readonly string[] Names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static string Name(int weekday) => Names[weekday];

    /// <summary>e.g. <c>mon</c>.</summary>
    public static string ShortName(int weekday) => Names[weekday][..3].ToLowerInvariant();

    public static int Of(DateOnly day) => ((int)day.DayOfWeek + 6) % 7;

    /// <summary>Reads <c>mon</c> or <c>Monday</c>, in any case; null for everything else.</summary>
    public static int? TryParse(string name)
    {
        var at = Array.FindIndex(Names, full => name.Equals(full, StringComparison.OrdinalIgnoreCase) || name.Equals(full[..3], StringComparison.OrdinalIgnoreCase));
        return at < 0 ? null : at;
    }
}
