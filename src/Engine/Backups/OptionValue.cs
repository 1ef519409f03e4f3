using System.Globalization;

namespace VzDump.Engine.Backups;

/// <summary>What an option takes. A form asks in this shape; <see cref="object.ToString"/> completes the sentence "it takes …".</summary>
public abstract record OptionValue
{
    private OptionValue()
    {
    }

    public sealed record Flag : OptionValue
    {
        public override string ToString() => "1 or 0";
    }

    /// <param name="Unit">e.g. <c>minutes</c>; null where the number counts what the option is about.</param>
    public sealed record Number(long Lowest, long Highest, string? Unit = null) : OptionValue
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"a number{(Unit is null ? "" : $" of {Unit}")} from {Lowest} to {Highest}");
    }

    public sealed record Choice(params IReadOnlyList<string> Words) : OptionValue
    {
        public override string ToString() => $"{string.Join(", ", Words.SkipLast(1))} or {Words[^1]}";
    }

    /// <param name="Shape">In words, e.g. <c>the name of a storage</c>.</param>
    public sealed record Text(string Shape) : OptionValue
    {
        public override string ToString() => Shape;
    }

    /// <summary>Several values; given more than once, an option of this kind collects them.</summary>
    /// <param name="Shape">In words, e.g. <c>VMIDs</c>.</param>
    public sealed record List(string Shape) : OptionValue
    {
        public override string ToString() => Shape;
    }
}
