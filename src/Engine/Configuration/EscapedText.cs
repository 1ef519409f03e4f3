using System.Text;

namespace VzDump.Engine.Configuration;

/// <summary>Free text on one line, as Proxmox VE keeps comments and descriptions: control and non-ASCII characters and <c>:</c> as <c>%3A</c>.</summary>
public static class EscapedText
{
    // Proxmox VE does not escape a percent sign, but reads its escape; with it every text reads back. Blanks at the ends would be cut off.
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length; at++)
        {
            var letter = bytes[at];
            var isPlain = letter is >= 0x20 and <= 0x7e and not ((byte)':' or (byte)'%') && !(letter == ' ' && (at == 0 || at == bytes.Length - 1));
            _ = isPlain ? escaped.Append((char)letter) : escaped.Append('%').Append(letter.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return escaped.ToString();
    }

    /// <summary>A percent sign that escapes nothing stands for itself.</summary>
    public static string Unescape(string text) => Uri.UnescapeDataString(text);
}
