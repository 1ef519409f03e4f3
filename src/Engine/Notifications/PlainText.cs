using System.Globalization;
using System.Text;

namespace VzDump.Engine.Notifications;

/// <summary>Text of unknown origin (guests' names, programs' words) as text that can be shown.</summary>
internal static class PlainText
{
    /// <summary>The character itself, or what is shown in place of one that would do something: a control, a line break, a change of direction.</summary>
    public static Rune Shown(Rune rune) => rune.Value switch
    {
        '\t' or '\r' or '\n' or 0x2028 or 0x2029 => new Rune(' '),
        0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) => Rune.ReplacementChar,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control => Rune.ReplacementChar,
        _ => rune,
    };

    /// <summary>At most so many characters of a text in one line.</summary>
    public static string OneLine(string text, int longest)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.AsSpan().Trim().EnumerateRunes())
        {
            if (shown.Length >= longest)
            {
                return $"{shown}…";
            }

            shown.Append(Shown(rune));
        }

        return shown.ToString();
    }
}
