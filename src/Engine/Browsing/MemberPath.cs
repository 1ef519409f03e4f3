using System.Globalization;
using System.Text;

namespace VzDump.Engine.Browsing;

/// <summary>
/// A place in an archive, from its root, without a slash at either end; the root itself is empty. Names of files are bytes: what is no letter that can be
/// shown stands as <c>\x1b</c>, a backslash as <c>\\</c>, so that each name has one text and no text can deceive its reader.
/// </summary>
public readonly record struct MemberPath
{
    /// <summary>In bytes. Linux itself takes no longer one.</summary>
    public const int Longest = 4096;

    private readonly string? _value;

    private MemberPath(string value) => _value = value;

    public static MemberPath Root { get; }

    public bool IsRoot => Value.Length == 0;

    /// <summary>e.g. <c>hosts</c> of <c>etc/hosts</c>.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>The folder that it is in; the root is in itself.</summary>
    public MemberPath Parent => new(Value.LastIndexOf('/') is >= 0 and var slash ? Value[..slash] : "");

    /// <summary>The folders from the root's own down to this one.</summary>
    public IEnumerable<MemberPath> Steps
    {
        get
        {
            var value = Value;
            return value.Length == 0 ? [] : Enumerable.Range(0, value.Length).Where(at => value[at] == '/').Append(value.Length).Select(end => new MemberPath(value[..end]));
        }
    }

    private string Value => _value ?? "";

    /// <summary>A member's path as it stands in an archive; null for one that leads elsewhere or is too long.</summary>
    public static MemberPath? Of(ReadOnlySpan<byte> path)
    {
        if (path.Length > Longest)
        {
            return null;
        }

        var text = new StringBuilder(path.Length);
        foreach (var range in path.Split((byte)'/'))
        {
            var part = path[range];
            if (part.SequenceEqual(".."u8))
            {
                return null;
            }

            if (part.Length > 0 && !part.SequenceEqual("."u8))
            {
                _ = text.Length > 0 ? text.Append('/') : text;
                Append(text, part);
            }
        }

        return new MemberPath(text.ToString());
    }

    /// <summary>Any text of an archive, so that it can be shown.</summary>
    public static string Show(ReadOnlySpan<byte> letters)
    {
        var text = new StringBuilder(letters.Length);
        Append(text, letters);
        return text.ToString();
    }

    /// <summary>A path as <see cref="ToString"/> gives it; slashes at its ends do not matter.</summary>
    public static bool TryParse(string? text, out MemberPath path)
    {
        path = new MemberPath(text?.Trim('/') ?? "");
        return path.Value.Length <= Longest * 4 && (path.IsRoot || path.Value.Split('/').All(part => part is not ("" or "." or "..")));
    }

    /// <summary>What is in this folder under this name.</summary>
    /// <param name="name">As <see cref="Name"/> gives it.</param>
    public MemberPath In(string name) => new(IsRoot ? name : $"{Value}/{name}");

    public override string ToString() => Value;

    /// <summary>The bytes that this stands for, without a slash at either end.</summary>
    public byte[] ToBytes()
    {
        var (value, bytes) = (Value, new List<byte>());
        for (var at = 0; at < value.Length;)
        {
            if (value[at] == '\\' && at + 3 < value.Length && value[at + 1] == 'x' && byte.TryParse(value.AsSpan(at + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var letter))
            {
                bytes.Add(letter);
                at += 4;
                continue;
            }

            var next = value.IndexOf('\\', at + 1) is >= 0 and var found ? found : value.Length;
            if (value[at] == '\\')
            {
                bytes.Add((byte)'\\');
                at += at + 1 < value.Length && value[at + 1] == '\\' ? 2 : 1;
                continue;
            }

            bytes.AddRange(Encoding.UTF8.GetBytes(value[at..next]));
            at = next;
        }

        return [.. bytes];
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> part)
    {
        while (!part.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf8(part, out var rune, out var count) is System.Buffers.OperationStatus.Done;
            if (rune.Value == '\\' && isWhole)
            {
                text.Append(@"\\");
            }
            else if (isWhole && IsShown(rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (var letter in part[..count])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{letter:x2}");
                }
            }

            part = part[count..];
        }
    }

    // Neither what moves the cursor nor what turns the direction of writing.
    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
