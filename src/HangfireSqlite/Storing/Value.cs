namespace VzDump.HangfireSqlite.Storing;

/// <summary>What is put into a statement: nothing, a number, a real number or text. Times are ticks of UTC.</summary>
internal readonly struct Value
{
    private Value(Kind kind, long number = 0, double real = 0, string? text = null) => (Is, Number, Real, Text) = (kind, number, real, text);

    internal enum Kind
    {
        Nothing,
        Number,
        Real,
        Text,
    }

    public Kind Is { get; }

    public long Number { get; }

    public double Real { get; }

    public string? Text { get; }

    public static implicit operator Value(long number) => new(Kind.Number, number: number);

    public static implicit operator Value(long? number) => number is { } some ? some : default(Value);

    public static implicit operator Value(double real) => new(Kind.Real, real: real);

    public static implicit operator Value(string? text) => text is null ? default : new(Kind.Text, text: text);
}
