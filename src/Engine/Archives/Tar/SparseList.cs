using System.Globalization;

namespace VzDump.Engine.Archives.Tar;

/// <summary>Takes down where a file's pieces belong between its holes.</summary>
/// <param name="isKept">Whether anybody will ask for them.</param>
internal sealed class SparseList(bool isKept)
{
    /// <summary>A file with more pieces is not unpacked by us: their list would take too much memory.</summary>
    public const int Most = 1024 * 1024;

    private readonly List<SparsePiece> _pieces = [];
    private bool _isSound = isKept;

    public SparseForm Form => _isSound ? new SparseForm.Listed(_pieces) : new SparseForm.Unknown();

    /// <summary>From <c>GNU.sparse.map</c>, e.g. <c>0,512,1048576,512</c>.</summary>
    public static SparseForm Of(ReadOnlySpan<byte> map)
    {
        var list = new SparseList(isKept: true);
        var offset = -1L;
        foreach (var part in map.Split((byte)','))
        {
            if (!long.TryParse(map[part], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return new SparseForm.Unknown();
            }

            if (offset < 0)
            {
                offset = number;
            }
            else
            {
                list.Add(offset, number);
                offset = -1;
            }
        }

        return offset < 0 ? list.Form : new SparseForm.Unknown();
    }

    /// <summary>From a header of an old sparse file: pairs of 12 letters; an empty one ends them.</summary>
    public void Add(ReadOnlySpan<byte> pairs)
    {
        for (; _isSound && pairs.Length >= 24 && pairs[12] != 0; pairs = pairs[24..])
        {
            if (TarHeader.Number(pairs[..12]) is { } offset && TarHeader.Number(pairs.Slice(12, 12)) is { } length)
            {
                Add(offset, length);
            }
            else
            {
                _isSound = false;
            }
        }
    }

    /// <summary>Pieces come in order and never overlap.</summary>
    public void Add(long offset, long length)
    {
        var end = _pieces is [.., var last] ? last.Offset + last.Length : 0;
        _isSound &= offset >= end && length >= 0 && length <= long.MaxValue - offset && _pieces.Count < Most;
        if (_isSound)
        {
            _pieces.Add(new SparsePiece(offset, length));
        }
    }
}
