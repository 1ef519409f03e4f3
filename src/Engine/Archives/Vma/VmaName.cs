using System.Text;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Names of configs and devices. They end up as file names, and archives come from anywhere.</summary>
internal static class VmaName
{
    private const int LongestFileName = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name as a blob: its bytes and a NUL.</summary>
    public static byte[] Encode(string name)
    {
        Check(name);
        try
        {
            return Strict.GetBytes(name + '\0');
        }
        catch (EncoderFallbackException)
        {
            throw new VmaFormatException("A name is not valid Unicode text.");
        }
    }

    public static string Decode(ReadOnlySpan<byte> blob)
    {
        if (blob.IsEmpty || blob[^1] != 0)
        {
            throw new VmaFormatException("A name in the archive has no end mark.");
        }

        try
        {
            var name = Strict.GetString(blob[..^1]);
            Check(name);
            return name;
        }
        catch (DecoderFallbackException)
        {
            throw new VmaFormatException("A name in the archive is not valid UTF-8.");
        }
    }

    public static void CheckDistinct(IEnumerable<string> names)
    {
        var seen = new HashSet<string>();
        foreach (var name in names)
        {
            if (!seen.Add(name))
            {
                throw new VmaFormatException($"The name '{name}' appears twice.");
            }
        }
    }

    // vma writes a config called ../x outside the folder it extracts into; such names get no further than this.
    private static void Check(string name)
    {
        if (name.Length == 0)
        {
            throw new VmaFormatException("A name is empty.");
        }

        if (name is "." or ".." || name.Contains('/') || name.Any(char.IsControl))
        {
            var shown = string.Concat(name.Take(LongestFileName).Select(c => char.IsControl(c) ? '?' : c));
            throw new VmaFormatException($"The name '{shown}' is not allowed: it could lead to another file.");
        }

        if (name.Length > LongestFileName || Encoding.UTF8.GetByteCount(name) > LongestFileName)
        {
            throw new VmaFormatException($"A name is longer than {LongestFileName} bytes.");
        }
    }
}
