using System.Globalization;
using VzDump.Engine.Configuration;

namespace VzDump.Engine.Backups;

/// <summary>The small words that options consist of. What is not allowed is null or false.</summary>
internal static class OptionText
{
    private const int LongestName = 100;
    private static readonly char[] ListSeparators = [',', ';', ' ', '\t'];

    public static bool? Flag(string text) => text.ToLowerInvariant() switch
    {
        "1" or "yes" or "on" or "true" => true,
        "0" or "no" or "off" or "false" => false,
        _ => null,
    };

    public static long? Number(string text, long lowest, long highest) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest ? number : null;

    /// <summary>One line of real text: what stands in it can be written to a file and to a shell, and read back.</summary>
    public static bool IsLine(string text) => !text.AsSpan().ContainsAny('\n', '\r', '\0') && IsText(text);

    // e.g. /mnt/backup; root itself would be written as nothing
    public static string? Folder(string text) => text.StartsWith('/') && IsLine(text) && text.TrimEnd('/') is { Length: > 0 } folder ? folder : null;

    // e.g. local-zfs, nas_2
    public static bool IsStorage(string text) => IsName(text, "-_.") && char.IsAsciiLetter(text[0]);

    // e.g. pve1
    public static bool IsNode(string text) => IsName(text, "-") && char.IsAsciiLetterOrDigit(text[0]) && text[^1] != '-';

    // e.g. customers/acme
    public static bool IsPool(string text) => IsName(text, "-_./") && text.Split('/') is { Length: <= 3 } levels && levels.All(level => level.Length > 0);

    // e.g. backup-0f4d6f9e-1234
    public static bool IsJobId(string text) => IsName(text, "-_") && text[0] != '-';

    /// <summary>Addresses or user names, in their order; null when one is neither. A leading dash would be an option to a mail program.</summary>
    public static IReadOnlyList<string>? Addresses(string text)
    {
        var addresses = text.Split(ListSeparators, StringSplitOptions.RemoveEmptyEntries);
        return Array.TrueForAll(addresses, MailRecipients.IsRecipient) ? addresses : null;
    }

    private static bool IsName(string text, string others) =>
        text.Length is > 0 and <= LongestName && text.All(letter => char.IsAsciiLetterOrDigit(letter) || others.Contains(letter, StringComparison.Ordinal));

    // Half a surrogate pair has no bytes.
    private static bool IsText(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsSurrogate(text[at]) && !(at + 1 < text.Length && char.IsSurrogatePair(text[at], text[++at])))
            {
                return false;
            }
        }

        return true;
    }
}
