using System.Globalization;

namespace VzDump.Engine.Schedules;

/// <summary>The numbers at which one field of a calendar event agrees, e.g. the minutes 0, 15, 30 and 45.</summary>
internal sealed class CalendarField : IEquatable<CalendarField>
{
    private readonly CalendarUnit _unit;
    private readonly int[] _values;

    private CalendarField(CalendarUnit unit, int[] values)
    {
        _unit = unit;
        _values = values;
    }

    /// <summary>In ascending order, never empty.</summary>
    public IReadOnlyList<int> Values => _values;

    public bool IsAll => _values.Length == _unit.Highest - _unit.Lowest + 1;

    public static CalendarField Of(CalendarUnit unit, IEnumerable<int> values) => new(unit, [.. values.Distinct().Order()]);

    public bool IsOnly(int value) => _values is [var one] && one == value;

    public bool Contains(int value) => Array.BinarySearch(_values, value) >= 0;

    /// <summary>The distance between neighbours, when there are three or more and it is always the same, and above 1.</summary>
    public int? Step()
    {
        if (_values.Length < 3 || _values[1] - _values[0] is not (> 1 and var step))
        {
            return null;
        }

        return _values.Zip(_values.Skip(1)).All(pair => pair.Second - pair.First == step) ? step : null;
    }

    /// <summary>Neighbours without a gap between them, e.g. (1, 1) and (4, 7).</summary>
    public IEnumerable<(int First, int Last)> Runs()
    {
        for (var at = 0; at < _values.Length; at++)
        {
            var first = _values[at];
            while (at + 1 < _values.Length && _values[at + 1] == _values[at] + 1)
            {
                at++;
            }

            yield return (first, _values[at]);
        }
    }

    /// <summary>The shortest text that reads back as this field: <c>*</c>, <c>5</c>, <c>1..5,8</c>, <c>0/15</c> or <c>8..16/2</c>.</summary>
    public override string ToString()
    {
        if (IsAll)
        {
            return "*";
        }

        // Weekdays have no steps in this grammar.
        if (_unit != CalendarUnit.Weekday && Step() is { } step)
        {
            var (first, last) = (_values[0], _values[^1]);
            return last + step > _unit.Highest
                ? string.Create(CultureInfo.InvariantCulture, $"{Text(first)}/{step}")
                : string.Create(CultureInfo.InvariantCulture, $"{Text(first)}..{Text(last)}/{step}");
        }

        return string.Join(',', Runs().Select(run => (run.Last - run.First) switch
        {
            0 => Text(run.First),
            1 => $"{Text(run.First)},{Text(run.Last)}",
            _ => $"{Text(run.First)}..{Text(run.Last)}",
        }));
    }

    public bool Equals(CalendarField? other) => other is not null && _unit == other._unit && _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => Equals(obj as CalendarField);

    public override int GetHashCode() => HashCode.Combine(_values.Length, _values[0], _values[^1]);

    private string Text(int value) => _unit == CalendarUnit.Weekday
        ? Weekdays.ShortName(value)
        : value.ToString(_unit.Lowest == 0 ? "00" : "0", CultureInfo.InvariantCulture);
}
