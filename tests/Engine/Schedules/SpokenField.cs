using CsCheck;

namespace VzDump.Tests.Engine.Schedules;

/// <summary>One field of a schedule as somebody may write it, with what it means, which no code of the product was asked for.</summary>
internal sealed record SpokenField(string Text, Func<int, bool> Agrees)
{
    public static SpokenField Any { get; } = new("*", _ => true);

    public static Gen<SpokenField> Gen(int lowest, int highest, int stepsFrom)
    {
        var number = CsCheck.Gen.Int[lowest, highest];
        var step = CsCheck.Gen.Int[1, Math.Min(highest, 40)];
        var item = CsCheck.Gen.OneOf(
            CsCheck.Gen.Select(number, CsCheck.Gen.Bool, (n, zeros) => new SpokenField(zeros ? n.ToString("00") : n.ToString(), value => value == n)),
            CsCheck.Gen.Select(number, number, (a, b) => new SpokenField($"{Math.Min(a, b)}..{Math.Max(a, b)}", value => value >= Math.Min(a, b) && value <= Math.Max(a, b))),
            CsCheck.Gen.Select(number, step, (a, s) => new SpokenField($"{a}/{s}", value => value >= a && (value - a) % s == 0)),
            CsCheck.Gen.Select(number, number, step, (a, b, s) => new SpokenField(
                $"{Math.Min(a, b)}..{Math.Max(a, b)}/{s}",
                value => value >= Math.Min(a, b) && value <= Math.Max(a, b) && (value - Math.Min(a, b)) % s == 0)));
        return CsCheck.Gen.OneOf(
            CsCheck.Gen.Const(Any),
            step.Select(s => new SpokenField($"*/{s}", value => (value - stepsFrom) % s == 0)),
            item.Array[1, 3].Select(items => new SpokenField(string.Join(',', items.Select(one => one.Text)), value => items.Any(one => one.Agrees(value)))));
    }
}
