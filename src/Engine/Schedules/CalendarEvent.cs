using System.Diagnostics.CodeAnalysis;

namespace VzDump.Engine.Schedules;

/// <summary>When something is due, in the words of Proxmox VE's schedules: <c>mon..fri 21:00</c>, <c>*/15</c>, <c>*-*-1 03:00</c>, <c>weekly</c>.
/// Two events are equal when they are due at the same times, however they were written.</summary>
/// <remarks>Where the clock is turned forward, a time that does not exist is due once, at the first moment after the gap: a nightly backup at 02:30
/// is made on that night too. systemd and Proxmox VE leave it out. A time that exists twice is due the first time only, as with systemd.</remarks>
public sealed record CalendarEvent
{
    /// <summary>Characters that a text may have.</summary>
    public const int LongestText = 4000;

    internal CalendarField Years { get; init; } = CalendarUnit.Year.All;

    internal CalendarField Months { get; init; } = CalendarUnit.Month.All;

    internal CalendarField Days { get; init; } = CalendarUnit.Day.All;

    internal CalendarField Weekdays { get; init; } = CalendarUnit.Weekday.All;

    internal CalendarField Hours { get; init; } = CalendarUnit.Hour.Only(0);

    internal CalendarField Minutes { get; init; } = CalendarUnit.Minute.Only(0);

    internal CalendarField Seconds { get; init; } = CalendarUnit.Second.Only(0);

    /// <summary>Whether the times are those of UTC, whatever zone is asked for.</summary>
    public bool IsUtc { get; init; }

    /// <summary>Reads a schedule. The problem is a sentence that names what is wrong and where. What is due on no day at all is refused.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CalendarEvent? parsed, [NotNullWhen(false)] out string? problem)
    {
        var parser = new CalendarParser(text);
        parsed = parser.Parse();
        problem = parser.Problem;
        return parsed is not null;
    }

    /// <summary>The first time strictly later than <paramref name="after"/>; null when there is none until the year 2199.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var clock = IsUtc ? TimeZoneInfo.Utc : zone;
        var first = new DateTime(CalendarUnit.Year.Lowest, 1, 1);
        if (after.Year < first.Year - 1)
        {
            return CalendarSearch.From(this, first) is { } earliest ? LocalClock.FirstAt(earliest, clock) : null;
        }

        return after.Year <= CalendarUnit.Year.Highest + 1 && CalendarSearch.From(this, LocalClock.LatestShown(after, clock).AddSeconds(1)) is { } due
            ? LocalClock.FirstAt(due, clock)
            : null;
    }

    /// <summary>All times strictly later than <paramref name="after"/>, one after the other.</summary>
    public IEnumerable<DateTimeOffset> NextRuns(DateTimeOffset after, TimeZoneInfo zone)
    {
        while (Next(after, zone) is { } next)
        {
            yield return next;
            after = next;
        }
    }

    /// <summary>An English sentence without a full stop, e.g. <c>At 21:00, Monday to Friday</c>.</summary>
    public string InWords() => CalendarWords.Of(this);

    /// <summary>The one text for all events that are due at these times; it reads back as this event.</summary>
    public override string ToString()
    {
        var weekdays = Weekdays.IsAll ? "" : $"{Weekdays} ";
        var date = Years.IsAll && Months.IsAll && Days.IsAll ? "" : $"{Years}-{Months}-{Days} ";
        var seconds = Seconds.IsOnly(0) ? "" : $":{Seconds}";
        return $"{weekdays}{date}{Hours}:{Minutes}{seconds}{(IsUtc ? " UTC" : "")}";
    }
}
