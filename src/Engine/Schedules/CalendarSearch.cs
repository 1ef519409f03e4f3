namespace VzDump.Engine.Schedules;

/// <summary>Looks for the next time of an event on a clock that is never turned. Years and months that do not agree are passed over whole,
/// so that the rarest event (29 February on a Monday) takes some hundred steps, and one that never comes some ten thousand.</summary>
internal static class CalendarSearch
{
    /// <summary>The first time of the event at or after <paramref name="from"/>; null when there is none.</summary>
    public static DateTime? From(CalendarEvent due, DateTime from)
    {
        var first = DateOnly.FromDateTime(from);
        if (Agrees(due, first) && TimeFrom(due, TimeOnly.FromDateTime(from)) is { } time)
        {
            return first.ToDateTime(time);
        }

        return first < DateOnly.MaxValue && DayFrom(due, first.AddDays(1)) is { } day
            ? day.ToDateTime(new TimeOnly(due.Hours.Values[0], due.Minutes.Values[0], due.Seconds.Values[0]))
            : null;
    }

    private static bool Agrees(CalendarEvent due, DateOnly day) =>
        due.Years.Contains(day.Year) && due.Months.Contains(day.Month) && due.Days.Contains(day.Day) && due.Weekdays.Contains(Weekdays.Of(day));

    private static DateOnly? DayFrom(CalendarEvent due, DateOnly first)
    {
        foreach (var year in due.Years.Values.Where(year => year >= first.Year))
        {
            foreach (var month in due.Months.Values.Where(month => year > first.Year || month >= first.Month))
            {
                var length = DateTime.DaysInMonth(year, month);
                foreach (var number in due.Days.Values.TakeWhile(number => number <= length))
                {
                    var day = new DateOnly(year, month, number);
                    if (day >= first && due.Weekdays.Contains(Weekdays.Of(day)))
                    {
                        return day;
                    }
                }
            }
        }

        return null;
    }

    private static TimeOnly? TimeFrom(CalendarEvent due, TimeOnly from)
    {
        foreach (var hour in due.Hours.Values.Where(hour => hour >= from.Hour))
        {
            foreach (var minute in due.Minutes.Values.Where(minute => hour > from.Hour || minute >= from.Minute))
            {
                foreach (var second in due.Seconds.Values.Where(second => hour > from.Hour || minute > from.Minute || second >= from.Second))
                {
                    return new TimeOnly(hour, minute, second);
                }
            }
        }

        return null;
    }
}
