using System.Globalization;
using System.Text;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>How names of any bytes are told to <c>guestfish</c>, which reads lines of words.</summary>
internal static class DiskWord
{
    /// <summary>One word. What is no plain letter is written as a number, so that nothing ends the word or the line.</summary>
    public static string Of(ReadOnlySpan<byte> name)
    {
        var word = new StringBuilder(name.Length + 2).Append('"');
        Append(word, name);
        return word.Append('"').ToString();
    }

    /// <summary>A list of names as one word.</summary>
    /// <param name="names">Of which <see cref="MayBeListed"/> holds.</param>
    public static string Of(IEnumerable<byte[]> names)
    {
        var word = new StringBuilder().Append('"');
        foreach (var name in names)
        {
            Append(word.Append('\''), name);
            word.Append("' ");
        }

        return word.Append('"').ToString();
    }

    /// <summary>Whether a name can stand in a list: quotes and backslashes mean something there.</summary>
    public static bool MayBeListed(ReadOnlySpan<byte> name) => !name.ContainsAny("'\"\\"u8);

    private static void Append(StringBuilder word, ReadOnlySpan<byte> name)
    {
        foreach (var letter in name)
        {
            _ = char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'/' or (byte)'.' or (byte)'_' or (byte)'-'
                ? word.Append((char)letter)
                : word.Append(CultureInfo.InvariantCulture, $"\\x{letter:x2}");
        }
    }
}
