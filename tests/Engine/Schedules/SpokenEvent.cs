using CsCheck;

namespace VzDump.Tests.Engine.Schedules;

/// <summary>A schedule as text, and whether it agrees with a time on the wall.</summary>
internal sealed record SpokenEvent(string Text, Func<DateTime, bool> Agrees)
{
    private static readonly string[] Days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    private static readonly Gen<SpokenField> Weekdays = CsCheck.Gen.OneOf(
        CsCheck.Gen.Const(SpokenField.Any),
        CsCheck.Gen.Select(CsCheck.Gen.Int[0, 6], CsCheck.Gen.Int[0, 6], CsCheck.Gen.Bool, (first, last, upper) =>
        {
            var text = $"{Days[first]}..{Days[last]}";
            return new SpokenField(upper ? text.ToUpperInvariant() : text, day => first <= last ? day >= first && day <= last : day >= first || day <= last);
        }),
        CsCheck.Gen.Int[0, 6].Array[1, 4].Select(days => new SpokenField(string.Join(',', days.Select(day => Days[day])), days.Contains)));

    // Mostly without a date, so that most have something to say in the days that are looked at.
    private static readonly Gen<(SpokenField Year, SpokenField Month, SpokenField Day)> Dates = CsCheck.Gen.Frequency(
        (3, CsCheck.Gen.Const((SpokenField.Any, SpokenField.Any, SpokenField.Any))),
        (1, CsCheck.Gen.Select(CsCheck.Gen.Const(SpokenField.Any), CsCheck.Gen.Const(SpokenField.Any), SpokenField.Gen(1, 31, 1))),
        (1, CsCheck.Gen.Select(SpokenField.Gen(1970, 2199, 0), SpokenField.Gen(1, 12, 1), SpokenField.Gen(1, 31, 1))));

    public static Gen<SpokenEvent> Gen(bool seconds) =>
        CsCheck.Gen.Select(Weekdays, Dates, SpokenField.Gen(0, 23, 0), SpokenField.Gen(0, 59, 0), seconds ? SpokenField.Gen(0, 59, 0) : CsCheck.Gen.Const(new SpokenField("0", second => second == 0)), CsCheck.Gen.Bool, Of);

    private static SpokenEvent Of(SpokenField weekday, (SpokenField Year, SpokenField Month, SpokenField Day) date, SpokenField hour, SpokenField minute, SpokenField second, bool utc)
    {
        var days = weekday.Text is "*" ? "" : weekday.Text + " ";
        var written = date is { Year.Text: "*", Month.Text: "*", Day.Text: "*" } ? "" : $"{date.Year.Text}-{date.Month.Text}-{date.Day.Text} ";
        return new SpokenEvent(
            $"{days}{written}{hour.Text}:{minute.Text}:{second.Text}{(utc ? " UTC" : "")}",
            time => weekday.Agrees(((int)time.DayOfWeek + 6) % 7) && date.Year.Agrees(time.Year) && date.Month.Agrees(time.Month) && date.Day.Agrees(time.Day)
                && hour.Agrees(time.Hour) && minute.Agrees(time.Minute) && second.Agrees(time.Second));
    }
}
