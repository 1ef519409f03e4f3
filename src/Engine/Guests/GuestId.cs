using System.Globalization;

namespace VzDump.Engine.Guests;

/// <summary>A guest's VMID, 100 to 999999999.</summary>
public readonly record struct GuestId : IComparable<GuestId>, ISpanParsable<GuestId>
{
    public const int Lowest = 100;
    public const int Highest = 999_999_999;

    private GuestId(int value) => Value = value;

    public int Value { get; }

    /// <summary>Reads a VMID; leading zeros are dropped, as vzdump does.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out GuestId id)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= Lowest and <= Highest)
        {
            id = new GuestId(value);
            return true;
        }

        id = default;
        return false;
    }

    /// <exception cref="FormatException">The text is no VMID.</exception>
    public static GuestId Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"strange VM ID '{text}'");

    public int CompareTo(GuestId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    static GuestId ISpanParsable<GuestId>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<GuestId>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out GuestId result) => TryParse(s, out result);

    static GuestId IParsable<GuestId>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<GuestId>.TryParse(string? s, IFormatProvider? provider, out GuestId result) => TryParse(s, out result);
}
