using System.Text;

namespace VzDump.Engine.Notifications;

/// <summary>Writes text of which no line is longer than mail allows. Where one would be, it goes on in the next: between characters, and never
/// within a tag or an entity.</summary>
internal sealed class FoldedOutput(Stream output)
{
    /// <summary>In bytes, without the line's end. SMTP carries 998.</summary>
    public const int LongestLine = 990;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;
    private int _column;

    /// <summary>Our own words and tags, in ASCII; at most a line's length.</summary>
    public async ValueTask RawAsync(string ascii, CancellationToken cancellation)
    {
        if (_column + ascii.Length > LongestLine)
        {
            await LineAsync(cancellation);
        }

        await FillAsync(Encoding.ASCII.GetBytes(ascii), cancellation);
    }

    /// <summary>Text of unknown origin, in one line as far as it fits.</summary>
    public ValueTask TextAsync(string text, CancellationToken cancellation) => RunesAsync(text, html: false, cancellation);

    /// <summary>The same for HTML: nothing in it is a tag or an entity.</summary>
    public ValueTask EscapedAsync(string text, CancellationToken cancellation) => RunesAsync(text, html: true, cancellation);

    public async ValueTask LineAsync(CancellationToken cancellation)
    {
        await FillAsync("\n"u8.ToArray(), cancellation);
        _column = 0;
    }

    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        await output.WriteAsync(_buffer.AsMemory(0, _filled), cancellation);
        _filled = 0;
    }

    private async ValueTask RunesAsync(string text, bool html, CancellationToken cancellation)
    {
        var at = 0;
        while (at < text.Length)
        {
            // As much as fits into the buffer without an await for each character; half a surrogate pair becomes a replacement.
            at += Take(text.AsSpan(at), html);
            if (at < text.Length)
            {
                await FlushAsync(cancellation);
            }
        }
    }

    private int Take(ReadOnlySpan<char> text, bool html)
    {
        var taken = 0;
        while (taken < text.Length && _buffer.Length - _filled > 16)
        {
            _ = Rune.DecodeFromUtf16(text[taken..], out var rune, out var length);
            var shown = PlainText.Shown(rune);
            var size = Encode(shown, html, _buffer.AsSpan(_filled + 1));
            if (_column + size > LongestLine)
            {
                _buffer[_filled] = (byte)'\n';
                _column = 0;
                _filled += 1 + size;
            }
            else
            {
                _buffer.AsSpan(_filled + 1, size).CopyTo(_buffer.AsSpan(_filled));
                _filled += size;
            }

            _column += size;
            taken += length;
        }

        return taken;
    }

    private static int Encode(Rune rune, bool html, Span<byte> target)
    {
        ReadOnlySpan<byte> entity = html
            ? rune.Value switch { '<' => "&lt;"u8, '>' => "&gt;"u8, '&' => "&amp;"u8, '"' => "&quot;"u8, '\'' => "&#39;"u8, _ => [] }
            : [];
        if (entity.IsEmpty)
        {
            return rune.EncodeToUtf8(target);
        }

        entity.CopyTo(target);
        return entity.Length;
    }

    private async ValueTask FillAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (_filled + bytes.Length > _buffer.Length)
        {
            await FlushAsync(cancellation);
        }

        bytes.CopyTo(_buffer.AsMemory(_filled));
        _filled += bytes.Length;
        _column += bytes.Length;
    }
}
