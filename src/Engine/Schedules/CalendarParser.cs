using System.Buffers;
using System.Globalization;

namespace VzDump.Engine.Schedules;

/// <summary>Reads one calendar event. What Proxmox VE reads is read the same way, apart from what never comes and from <c>24:00</c>, which there is
/// minute 24 of every hour.</summary>
internal sealed class CalendarParser(string text)
{
    private const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;
    private static readonly SearchValues<char> DateSigns = SearchValues.Create("-~");
    private static readonly CalendarEvent Midnight = new();

    /// <summary>What is wrong, after <see cref="Parse"/> gave null.</summary>
    public string? Problem { get; private set; }

    // e.g. mon..fri 21:00 | sat,sun *-1..3-1/7 2..23/2:00:30 UTC | 3-15 | */15 | weekly
    public CalendarEvent? Parse()
    {
        if (text.Length > CalendarEvent.LongestText)
        {
            Problem = string.Create(CultureInfo.InvariantCulture, $"A schedule has at most {CalendarEvent.LongestText} characters.");
            return null;
        }

        var utc = text.AsSpan().TrimEnd().EndsWith("UTC", AnyCase);
        var words = new Queue<Piece>(Words(utc ? text.AsSpan().TrimEnd().Length - "UTC".Length : text.Length));
        if (words.Count == 0)
        {
            Problem = "A schedule needs a time, e.g. 21:00, or a day, e.g. sat.";
            return null;
        }

        var due = (words.Count == 1 ? Shorthand(words.Peek().Text) : null) ?? Fields(words);
        if (due is not null && CalendarSearch.From(due, new DateTime(CalendarUnit.Year.Lowest, 1, 1)) is null)
        {
            Problem = $"{Quoted(text.Trim())} never comes: no such day exists in the years {CalendarUnit.Year.Lowest} to {CalendarUnit.Year.Highest}.";
            return null;
        }

        return due is null ? null : due with { IsUtc = utc };
    }

    private static CalendarEvent? Shorthand(string word) => word.ToLowerInvariant() switch
    {
        "minutely" => Midnight with { Hours = CalendarUnit.Hour.All, Minutes = CalendarUnit.Minute.All },
        "hourly" => Midnight with { Hours = CalendarUnit.Hour.All },
        "daily" => Midnight,
        "weekly" => Midnight with { Weekdays = CalendarUnit.Weekday.Only(0) },
        "monthly" => Midnight with { Days = CalendarUnit.Day.Only(1) },
        "quarterly" => Midnight with { Days = CalendarUnit.Day.Only(1), Months = CalendarUnit.Month.Only(1, 4, 7, 10) },
        "semiannually" or "semi-annually" => Midnight with { Days = CalendarUnit.Day.Only(1), Months = CalendarUnit.Month.Only(1, 7) },
        "yearly" or "annually" => Midnight with { Days = CalendarUnit.Day.Only(1), Months = CalendarUnit.Month.Only(1) },
        _ => null,
    };

    private static string Quoted(string what)
    {
        var shown = string.Concat(what.Take(40).Select(sign => char.IsControl(sign) || char.IsSurrogate(sign) ? '?' : sign));
        return what.Length > 40 ? $"'{shown}…'" : $"'{shown}'";
    }

    private CalendarEvent? Fields(Queue<Piece> words)
    {
        var due = Midnight;
        if (char.IsLetter(words.Peek().Text[0]))
        {
            if (WeekdaysOf(words.Dequeue()) is not { } weekdays)
            {
                return null;
            }

            due = due with { Weekdays = weekdays };
        }

        if (words.TryPeek(out var date) && date.Text.AsSpan().ContainsAny(DateSigns))
        {
            if (WithDate(due, words.Dequeue()) is not { } dated)
            {
                return null;
            }

            due = dated;
        }

        if (words.TryDequeue(out var time))
        {
            if (WithTime(due, time) is not { } timed)
            {
                return null;
            }

            due = timed;
        }

        return words.TryDequeue(out var more)
            ? Fail<CalendarEvent>(more, "was not expected: a schedule is weekdays, a date and a time, in this order and each without spaces, and perhaps UTC; no other time zone can be named")
            : due;
    }

    private CalendarField? WeekdaysOf(Piece word)
    {
        if (Shorthand(word.Text) is not null)
        {
            return Fail<CalendarField>(word, "is a whole schedule and stands alone; without it the date and the time can be written");
        }

        var values = new List<int>();
        foreach (var item in word.Split(","))
        {
            var ends = item.Split("..");
            var numbers = ends.ConvertAll(end => Weekdays.TryParse(end.Text));
            if (ends.Count > 2 || numbers.FindIndex(number => number is null) is >= 0)
            {
                var wrong = ends.Count > 2 ? item : ends[numbers.FindIndex(number => number is null)];
                return Fail<CalendarField>(wrong, "is no day of the week: they are mon, tue, wed, thu, fri, sat and sun, joined by , or .. and followed by a space");
            }

            // fri..mon goes over the end of the week.
            var (first, last) = (numbers[0]!.Value, numbers[^1]!.Value);
            values.AddRange(Enumerable.Range(first, ((last - first + 7) % 7) + 1).Select(day => day % 7));
        }

        return CalendarField.Of(CalendarUnit.Weekday, values);
    }

    private CalendarEvent? WithDate(CalendarEvent due, Piece word)
    {
        if (word.Text.IndexOf('~') is >= 0 and var at)
        {
            return Fail<CalendarEvent>(word.From(at), "counts days from the end of a month, which Proxmox VE does not do: name days of the month");
        }

        var parts = word.Split("-");
        if (parts.Count > 3)
        {
            return Fail<CalendarEvent>(word, "is no date: a date is year-month-day or month-day");
        }

        var years = parts.Count == 3 ? FieldOf(parts[0], CalendarUnit.Year) : due.Years;
        var months = years is null ? null : FieldOf(parts[^2], CalendarUnit.Month);
        var days = months is null ? null : FieldOf(parts[^1], CalendarUnit.Day);
        return days is null ? null : due with { Years = years!, Months = months!, Days = days };
    }

    private CalendarEvent? WithTime(CalendarEvent due, Piece word)
    {
        // A number alone is a minute, as in Proxmox VE.
        var parts = word.Split(":");
        if (parts.Count > 3)
        {
            return Fail<CalendarEvent>(word, "is no time: a time is hour:minute, hour:minute:second, or a minute alone");
        }

        var hours = parts.Count > 1 ? FieldOf(parts[0], CalendarUnit.Hour) : CalendarUnit.Hour.All;
        var minutes = hours is null ? null : FieldOf(parts.Count > 1 ? parts[1] : parts[0], CalendarUnit.Minute);
        var seconds = minutes is null ? null : parts.Count > 2 ? FieldOf(parts[2], CalendarUnit.Second) : due.Seconds;
        return seconds is null ? null : due with { Hours = hours!, Minutes = minutes!, Seconds = seconds };
    }

    private CalendarField? FieldOf(Piece piece, CalendarUnit unit)
    {
        if (piece.Text is "*")
        {
            return unit.All;
        }

        // As in Proxmox VE, */15 stands alone; only numbers can be listed.
        var steps = piece.Text.StartsWith("*/", StringComparison.Ordinal);
        var values = new List<int>();
        foreach (var item in steps ? [piece] : piece.Split(","))
        {
            if (ValuesOf(item, steps, unit) is not { } some)
            {
                return null;
            }

            values.AddRange(some);
        }

        return CalendarField.Of(unit, values);
    }

    // e.g. 5 | 8..17 | 5/10 | 8..17/2 | */15
    private IReadOnlyList<int>? ValuesOf(Piece item, bool all, CalendarUnit unit)
    {
        var halves = item.Split("/");
        var ends = halves[0].Split("..");
        if (halves.Count > 2 || ends.Count > 2)
        {
            return Fail<IReadOnlyList<int>>(item, "is not understood: one writes 5, 5..10, 5/2 or 5..10/2");
        }

        var first = all ? unit.StepsFrom : NumberOf(ends[0], unit);
        var last = first is null ? null : ends.Count == 2 ? NumberOf(ends[1], unit) : halves.Count == 2 ? unit.Highest : first;
        var step = last is null ? null : halves.Count == 2 ? StepOf(halves[1], unit) : 1;
        if (step is null)
        {
            return null;
        }

        if (first > last)
        {
            return Fail<IReadOnlyList<int>>(halves[0], "goes backwards: write the smaller number first, or two ranges with a comma between");
        }

        return [.. Enumerable.Range(0, ((last!.Value - first!.Value) / step.Value) + 1).Select(n => first.Value + (n * step.Value)).Where(n => n >= unit.Lowest)];
    }

    private int? NumberOf(Piece piece, CalendarUnit unit)
    {
        if (!IsNumber(piece))
        {
            return FailNumber(piece, $"is no {unit.Name}: a number is needed here");
        }

        if (int.TryParse(piece.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= unit.Lowest && number <= unit.Highest)
        {
            return number;
        }

        var midnight = unit == CalendarUnit.Hour ? "; midnight is 0:00" : "";
        return FailNumber(piece, string.Create(CultureInfo.InvariantCulture, $"is no {unit.Name}: they go from {unit.Lowest} to {unit.Highest}{midnight}"));
    }

    private int? StepOf(Piece piece, CalendarUnit unit) =>
        IsNumber(piece) && int.TryParse(piece.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step > 0 && step <= unit.Highest
            ? step
            : FailNumber(piece, string.Create(CultureInfo.InvariantCulture, $"is no step: after / stands every how many {unit.Name}s, from 1 to {unit.Highest}"));

    private static bool IsNumber(Piece piece) => piece.Text.Length > 0 && piece.Text.All(char.IsAsciiDigit);

    private int? FailNumber(Piece piece, string complaint)
    {
        Fail<string>(piece, complaint);
        return null;
    }

    private T? Fail<T>(Piece piece, string complaint)
        where T : class
    {
        var what = piece.Text.Length == 0 ? "Nothing" : Quoted(piece.Text);
        Problem = string.Create(CultureInfo.InvariantCulture, $"{what} at character {piece.Start + 1} {complaint}.");
        return null;
    }

    private List<Piece> Words(int length)
    {
        var words = new List<Piece>();
        for (var at = 0; at < length; at++)
        {
            var start = at;
            while (at < length && text[at] is not (' ' or '\t'))
            {
                at++;
            }

            if (at > start)
            {
                words.Add(new Piece(text[start..at], start));
            }
        }

        return words;
    }

    /// <summary>A part of the text, which remembers where it stood.</summary>
    private readonly record struct Piece(string Text, int Start)
    {
        public Piece From(int at) => new(Text[at..], Start + at);

        public List<Piece> Split(string separator)
        {
            var pieces = new List<Piece>();
            var start = 0;
            for (int at; (at = Text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; start = at + separator.Length)
            {
                pieces.Add(new Piece(Text[start..at], Start + start));
            }

            pieces.Add(From(start));
            return pieces;
        }
    }
}
