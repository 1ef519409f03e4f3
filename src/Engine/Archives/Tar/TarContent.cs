using System.Globalization;
using System.Text;
using VzDump.Engine.Host;

namespace VzDump.Engine.Archives.Tar;

/// <summary>A file's content with its holes filled with zeros, as it is read from a tar archive.</summary>
internal sealed class TarContent : ReadOnlyStream
{
    private readonly TarMembers _members;
    private readonly IReadOnlyList<SparsePiece> _pieces;
    private readonly long _size;
    private int _piece;
    private long _at;

    private TarContent(TarMembers members, IReadOnlyList<SparsePiece> pieces, long size) => (_members, _pieces, _size) = (members, pieces, size);

    /// <summary>Of the member that was asked for last.</summary>
    /// <exception cref="InvalidDataException">Its holes cannot be understood.</exception>
    public static async Task<TarContent> OpenAsync(TarMembers members, TarMember member, CancellationToken cancellation)
    {
        var pieces = member.Sparse switch
        {
            SparseForm.None => [new SparsePiece(0, member.StoredBytes)],
            SparseForm.Listed listed => listed.Pieces,
            SparseForm.BeforeContent => await ReadPiecesAsync(members, cancellation),
            _ => null,
        };
        return pieces is not null && (pieces is not [.., var last] || last.Offset + last.Length <= member.Size)
            ? new TarContent(members, pieces, member.Size)
            : throw new InvalidDataException("its holes are told in a way that cannot be understood here. Unpack the archive with tar.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_piece < _pieces.Count && _at >= _pieces[_piece].Offset + _pieces[_piece].Length)
        {
            _piece++;
        }

        var data = _piece < _pieces.Count ? _pieces[_piece] : new SparsePiece(_size, 0);
        if (_at < data.Offset)
        {
            var zeros = buffer[..(int)Math.Min(buffer.Length, data.Offset - _at)];
            zeros.Span.Clear();
            _at += zeros.Length;
            return zeros.Length;
        }

        if (data.Length == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        var count = await _members.ReadAsync(buffer[..(int)Math.Min(buffer.Length, data.Offset + data.Length - _at)], cancellationToken);
        _at += count > 0 ? count : throw new InvalidDataException("The archive holds less of a file than it says.");
        return count;
    }

    // Decimal numbers, each on a line: how many pieces, then offset and length of each; filled up to a whole block.
    // e.g. 2\n0\n512\n1048576\n512\n
    private static async Task<IReadOnlyList<SparsePiece>?> ReadPiecesAsync(TarMembers members, CancellationToken cancellation)
    {
        var block = new byte[TarHeader.Block];
        var number = new StringBuilder();
        var (left, offset) = (-1L, -1L);
        var list = new SparseList(isKept: true);
        while (left != 0)
        {
            for (var got = 0; got < block.Length;)
            {
                var count = await members.ReadAsync(block.AsMemory(got), cancellation);
                if (count == 0)
                {
                    return null;
                }

                got += count;
            }

            foreach (var letter in block)
            {
                if (left == 0)
                {
                    break;
                }

                if (letter != '\n')
                {
                    if (number.Append((char)letter).Length > 20)
                    {
                        return null;
                    }

                    continue;
                }

                if (!long.TryParse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                {
                    return null;
                }

                number.Clear();
                if (left < 0)
                {
                    left = value * 2;
                    if (value is < 0 or > SparseList.Most)
                    {
                        return null;
                    }
                }
                else
                {
                    left--;
                    if (offset < 0)
                    {
                        offset = value;
                    }
                    else
                    {
                        list.Add(offset, value);
                        offset = -1;
                    }
                }
            }
        }

        return (list.Form as SparseForm.Listed)?.Pieces;
    }
}
