using System.Text;
using System.Text.Unicode;

namespace VzDump.Web.Browsing;

/// <summary>The beginning of a file, as text.</summary>
/// <param name="Text">Null when it is none.</param>
/// <param name="IsWhole">Whether that is all of it.</param>
public sealed record FilePreview(string? Text, bool IsWhole)
{
    /// <param name="size">Of the whole file, in bytes.</param>
    public static FilePreview Of(ReadOnlySpan<byte> head, long size)
    {
        var isWhole = head.Length >= size;
        // A letter of several bytes may be cut at the end.
        var text = isWhole ? head : head[..^Cut(head)];
        return new FilePreview(text.Contains((byte)0) || !Utf8.IsValid(text) ? null : Encoding.UTF8.GetString(text), isWhole);
    }

    private static int Cut(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= Math.Min(3, text.Length); back++)
        {
            if ((text[^back] & 0xC0) == 0xC0)
            {
                return back;
            }
        }

        return 0;
    }
}
