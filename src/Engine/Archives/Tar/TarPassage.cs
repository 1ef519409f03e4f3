using System.Text;

namespace VzDump.Engine.Archives.Tar;

/// <summary>
/// Sees a tar archive go by and tells which member it is at. Looks at headers only and copies nothing else; what it does not understand ends its
/// looking, for the archive does not depend on it.
/// </summary>
public sealed class TarPassage
{
    private const int LongestExtendedHeader = 1024 * 1024;
    private const int LongestShown = 400;
    private readonly byte[] _block = new byte[TarHeader.Block];
    private int _blockFilled;
    private byte[] _extended = [];
    private int _extendedFilled;
    private int _extendedSize;
    private char _extendedType;
    private long _skip;
    private long _afterPieces = -1;
    private long? _size;
    private string? _name;
    private long _members;
    private string? _path;
    private bool _isOver;

    /// <summary>Files, folders, links and the like that have begun.</summary>
    public long Members => Volatile.Read(ref _members);

    /// <summary>Of the member that goes by, from the archive's root, e.g. <c>var/log/messages</c>, without control characters, and of a very long one the end; null before the first.</summary>
    public string? Path => Volatile.Read(ref _path);

    /// <summary>The archive's next bytes, in any portions.</summary>
    public void See(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty && !_isOver)
        {
            if (_extendedFilled < _extendedSize)
            {
                var taken = Math.Min(_extendedSize - _extendedFilled, data.Length);
                data[..taken].CopyTo(_extended.AsSpan(_extendedFilled));
                _extendedFilled += taken;
                data = data[taken..];
                if (_extendedFilled == _extendedSize)
                {
                    Learn(_extended.AsSpan(0, _extendedSize));
                }
            }
            else if (_skip > 0)
            {
                var taken = (int)Math.Min(_skip, data.Length);
                _skip -= taken;
                data = data[taken..];
            }
            else if (_blockFilled == 0 && data.Length >= TarHeader.Block)
            {
                Take(data[..TarHeader.Block]);
                data = data[TarHeader.Block..];
            }
            else
            {
                var taken = Math.Min(TarHeader.Block - _blockFilled, data.Length);
                data[..taken].CopyTo(_block.AsSpan(_blockFilled));
                _blockFilled += taken;
                data = data[taken..];
                if (_blockFilled == TarHeader.Block)
                {
                    _blockFilled = 0;
                    Take(_block);
                }
            }
        }
    }

    private void Take(ReadOnlySpan<byte> block)
    {
        if (_afterPieces >= 0)
        {
            if (!TarHeader.GoesOn(block))
            {
                (_skip, _afterPieces) = (_afterPieces, -1);
            }

            return;
        }

        var header = new TarHeader(block);
        // The end's zeros are not sound either.
        if (!header.IsSound || header.Size is not { } size || size > long.MaxValue - TarHeader.Block)
        {
            _isOver = true;
            return;
        }

        switch (header.Type)
        {
            case 'x' or 'L' when size <= LongestExtendedHeader:
                if (_extended.Length < size)
                {
                    _extended = new byte[size];
                }

                (_extendedType, _extendedSize, _extendedFilled, _skip) = (header.Type, (int)size, 0, TarHeader.RoundUp(size) - size);
                return;
            case 'x':
                _isOver = true;
                return;
            case 'g' or 'K' or 'L':
                _skip = TarHeader.RoundUp(size);
                return;
        }

        Volatile.Write(ref _members, _members + 1);
        Volatile.Write(ref _path, Shown(_name ?? header.Name));
        size = header.Type is '1' ? 0 : TarHeader.RoundUp(Math.Min(_size ?? size, long.MaxValue - TarHeader.Block)); // a hard link's size is that of the file that it means
        (_size, _name) = (null, null);
        if (header.HasMorePieces)
        {
            _afterPieces = size;
        }
        else
        {
            _skip = size;
        }
    }

    private void Learn(ReadOnlySpan<byte> extended)
    {
        if (_extendedType == 'L')
        {
            _name = TarHeader.Text(extended);
            return;
        }

        _size = TarHeader.SizeIn(extended) ?? _size;
        // A sparse file's path is a made one, and its own is kept apart.
        var name = TarHeader.Value(extended, "GNU.sparse.name"u8);
        name = name.IsEmpty ? TarHeader.Value(extended, "path"u8) : name;
        _name = name.IsEmpty ? _name : Encoding.UTF8.GetString(name);
    }

    private static string Shown(string path)
    {
        path = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        path = path.EndsWith('/') ? path[..^1] : path;
        path = path.Length > LongestShown ? $"…{path[^LongestShown..]}" : path;
        return path.Any(char.IsControl) ? string.Concat(path.Select(letter => char.IsControl(letter) ? '?' : letter)) : path;
    }
}
