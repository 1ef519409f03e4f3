using System.Globalization;

namespace VzDump.Engine.Schedules;

/// <summary>Says a calendar event in English.</summary>
internal static class CalendarWords
{
    // As many clock times are still read at a glance.
    private const int MostClockTimes = 12;
    private static readonly string[] MonthNames = [.. CultureInfo.InvariantCulture.DateTimeFormat.MonthNames.Take(12)];

    public static string Of(CalendarEvent due)
    {
        var day = DayOf(due);
        if (day.Length == 0 && !due.Hours.IsAll)
        {
            day = "every day";
        }

        var sentence = string.Join(", ", ((string[])[TimeOf(due), day, due.IsUtc ? "in UTC" : ""]).Where(part => part.Length > 0));
        return char.ToUpperInvariant(sentence[0]) + sentence[1..];
    }

    private static string TimeOf(CalendarEvent due)
    {
        if (!due.Hours.IsAll && due.Hours.Values.Count * due.Minutes.Values.Count * due.Seconds.Values.Count <= MostClockTimes)
        {
            var format = due.Seconds.IsOnly(0) ? "HH:mm" : "HH:mm:ss";
            var times = from hour in due.Hours.Values
                        from minute in due.Minutes.Values
                        from second in due.Seconds.Values
                        select new TimeOnly(hour, minute, second).ToString(format, CultureInfo.InvariantCulture);
            return $"at {Joined([.. times])}";
        }

        // e.g. every 15 minutes of the hours 8 to 17 | at second 30 of every minute | at minutes 10 and 20 of every hour
        var seconds = due.Seconds.IsOnly(0) ? "" : Repeated(due.Seconds, CalendarUnit.Second);
        var plainMinutes = seconds.Length > 0 && due.Minutes.IsAll && due.Hours.IsAll;
        var minutes = plainMinutes ? (due.Seconds.IsAll ? "" : "every minute") : Repeated(due.Minutes, CalendarUnit.Minute);
        var hours = due.Hours.IsAll ? (minutes.StartsWith("minute", StringComparison.Ordinal) ? "every hour" : "") : Numbered(due.Hours, CalendarUnit.Hour);
        var all = string.Join(" of ", ((string[])[seconds, minutes, hours]).Where(part => part.Length > 0));
        return all.StartsWith("every", StringComparison.Ordinal) ? all : $"at {all}";
    }

    private static string Repeated(CalendarField field, CalendarUnit unit) =>
        field.IsAll ? $"every {unit.Name}"
        : field.Step() is { } step && field.Values[0] == 0 && step * field.Values.Count == unit.Highest + 1 ? $"every {Text(step)} {unit.Name}s"
        : Numbered(field, unit);

    private static string DayOf(CalendarEvent due)
    {
        var date = DateOf(due);
        if (due.Weekdays.IsAll)
        {
            return date;
        }

        var names = RunsOf(due.Weekdays, Weekdays.Name);
        if (date.Length > 0)
        {
            return $"{date}, if it is {Joined(names, "or")}";
        }

        return due.Weekdays.Runs().Any(run => run.Last - run.First > 1) ? Joined(names) : $"on {Joined([.. names.Select(name => name + "s")])}";
    }

    // e.g. on 29 February | on day 1 of every month of 2027 | on days 1 to 7 of January and July | every day of March
    private static string DateOf(CalendarEvent due)
    {
        if (due.Years.IsAll && due.Months.IsAll && due.Days.IsAll)
        {
            return "";
        }

        var year = due.Years.IsAll ? "" : $" of {Joined(RunsOf(due.Years, Text))}";
        var months = Joined(RunsOf(due.Months, number => MonthNames[number - 1]));
        if (due.Days.IsAll)
        {
            return due.Months.IsAll ? $"every day{year}" : $"every day of {months}{year}";
        }

        return due switch
        {
            { Months.IsAll: true } => $"on {Numbered(due.Days, CalendarUnit.Day)} of every month{year}",
            { Days.Values: [var day], Months.Values: [_] } => $"on {Text(day)} {months}{(due.Years.IsAll ? " of every year" : year)}",
            _ => $"on {Numbered(due.Days, CalendarUnit.Day)} of {months}{year}",
        };
    }

    // e.g. minute 5 | minutes 5 and 10 | hours 8 to 17 | hours 1 to 23 in steps of 2
    private static string Numbered(CalendarField field, CalendarUnit unit)
    {
        if (field.Values is [var one])
        {
            return $"{unit.Name} {Text(one)}";
        }

        return field.Step() is { } step && field.Values.Count > 4
            ? $"{unit.Name}s {Text(field.Values[0])} to {Text(field.Values[^1])} in steps of {Text(step)}"
            : $"{unit.Name}s {Joined(RunsOf(field, Text))}";
    }

    private static List<string> RunsOf(CalendarField field, Func<int, string> name) =>
    [
        .. field.Runs().SelectMany(run => (string[])((run.Last - run.First) switch
        {
            0 => [name(run.First)],
            1 => [name(run.First), name(run.Last)],
            _ => [$"{name(run.First)} to {name(run.Last)}"],
        })),
    ];

    private static string Joined(IReadOnlyList<string> parts, string and = "and") =>
        parts.Count == 1 ? parts[0] : $"{string.Join(", ", parts.SkipLast(1))} {and} {parts[^1]}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
