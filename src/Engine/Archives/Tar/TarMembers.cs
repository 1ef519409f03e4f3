using System.Buffers;

namespace VzDump.Engine.Archives.Tar;

/// <summary>
/// Goes from member to member of a tar archive and unpacks nothing. Trusts nothing in it, and takes no more memory for a large one. What follows a
/// member's headers may be read before the next one is asked for.
/// </summary>
internal sealed class TarMembers(Stream source) : IDisposable
{
    private const int Block = TarHeader.Block;
    private const int BufferBytes = 1024 * 1024;
    private const int LongestExtendedHeader = 8 * 1024 * 1024;
    private const int MostHeaders = 1000;
    private const int MostPieceBlocks = 65_536;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _at;
    private int _end;
    private long _passed;
    private long _member;
    private long _left;
    private long _padding;

    /// <summary>How far the archive has been read, in bytes.</summary>
    public long Bytes => _passed + _end;

    /// <summary>Whether a stream that ends between two members is whole.</summary>
    public bool EndsWithoutMark { get; init; }

    /// <summary>Whether the lists of pieces of old files with holes are kept; they can be long.</summary>
    public bool KeepsPieces { get; init; }

    /// <summary>Whether <see cref="TarMember.Headers"/> are kept, by who passes members on.</summary>
    public bool KeepsHeaders { get; init; }

    /// <summary>Where the member begins that was asked for last, in bytes; at the end that of the end mark.</summary>
    public long MemberPlace => _member;

    private long Place => _passed + _at;

    /// <summary>The next member; null at the archive's end mark.</summary>
    /// <exception cref="InvalidDataException">It is no tar archive, or a damaged or incomplete one; the message is a sentence.</exception>
    public async ValueTask<TarMember?> NextAsync(CancellationToken cancellation)
    {
        await SkipRestAsync(cancellation);
        _member = Place;
        var about = new TarExtension();
        while (await BlockAsync(cancellation))
        {
            if (!_buffer.AsSpan(_at, Block).ContainsAnyExcept((byte)0))
            {
                return null;
            }

            if (await HeaderAsync(about, cancellation) is { } member)
            {
                return member;
            }
        }

        if (EndsWithoutMark && Place == _member)
        {
            return null;
        }

        throw new InvalidDataException(Bytes == 0 ? "The archive is empty." : "The archive ends without its end mark: it is cut off.");
    }

    /// <summary>The next bytes of what lies behind the member's headers; 0 at its end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (_left == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        if (_at == _end && !await FillAsync(1, cancellation))
        {
            throw Cut();
        }

        var count = (int)Math.Min(Math.Min(buffer.Length, _end - _at), _left);
        _buffer.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        _left -= count;
        return count;
    }

    /// <summary>The whole of a small member's content.</summary>
    public async Task<byte[]> RestAsync(int most, CancellationToken cancellation)
    {
        if (_left > most)
        {
            throw new InvalidDataException($"The archive is damaged at byte {_member}: an extended header claims {_left} bytes.");
        }

        var content = new byte[_left];
        for (var got = 0; got < content.Length;)
        {
            got += await ReadAsync(content.AsMemory(got), cancellation);
        }

        await SkipRestAsync(cancellation);
        return content;
    }

    /// <summary>Reads what comes after the last member: the end mark, and nothing but zeros behind it.</summary>
    /// <exception cref="InvalidDataException">It is not so.</exception>
    public async Task EndAsync(CancellationToken cancellation)
    {
        var isSecond = false;
        _at += Block;
        while (await BlockAsync(cancellation))
        {
            if (_buffer.AsSpan(_at, _end - _at).ContainsAnyExcept((byte)0))
            {
                throw new InvalidDataException("Something stands behind the archive's end mark.");
            }

            (_at, isSecond) = (_end, true);
        }

        if (!isSecond || Bytes % Block != 0)
        {
            throw new InvalidDataException("The archive ends within its end mark: it is cut off.");
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    // Null when the header was about the next member.
    private async ValueTask<TarMember?> HeaderAsync(TarExtension about, CancellationToken cancellation)
    {
        var header = new TarHeader(_buffer.AsSpan(_at, Block));
        if (!header.IsSound)
        {
            throw new InvalidDataException(Place == 0 ? "This is not a tar archive." : $"The archive is damaged at byte {Place}: a member's header has a wrong checksum.");
        }

        var size = header.Size ?? throw new InvalidDataException($"The archive is damaged at byte {Place}: a number in a member's header is none.");
        var type = header.Type;
        var raw = KeepsHeaders ? _buffer.AsSpan(_at, Block).ToArray() : [];
        if (type is 'x' or 'L' or 'K')
        {
            _at += Block;
            var records = await ContentAsync(size, LongestExtendedHeader, cancellation);
            about.Learn(type, records);
            if (KeepsHeaders)
            {
                about.Headers.Add(new TarHeaderBytes(raw, records));
                if (about.Headers.Sum(header => header.Content.LongLength) > LongestExtendedHeader || about.Headers.Count > MostHeaders)
                {
                    throw new InvalidDataException($"The archive is damaged at byte {_member}: a member has too many headers.");
                }
            }

            return null;
        }

        if (type is 'g')
        {
            _at += Block;
            Begin(size);
            await SkipRestAsync(cancellation);
            return null;
        }

        var stored = type is '1' ? 0 : about.StoredBytes ?? size; // what a hard link's header says is that of the file that it means
        var member = new TarMember
        {
            Path = about.Path ?? header.Path,
            Type = type,
            Place = _member,
            StoredBytes = stored,
            Size = Math.Max(0, type is 'S' ? header.RealSize ?? stored : about.RealSize ?? stored),
            Mode = (int)(header.Mode & 0xFFF),
            User = about.User ?? header.User,
            Group = about.Group ?? header.Group,
            Modified = about.Modified ?? header.Modified,
            Link = type is '1' or '2' ? about.Link ?? header.Link : [],
            Sparse = about.Sparse,
            Headers = KeepsHeaders ? [.. about.Headers, new TarHeaderBytes(raw, [])] : [],
        };
        if (type is 'S')
        {
            var pieces = new SparseList(KeepsPieces);
            pieces.Add(header.Pieces);
            var goesOn = header.HasMorePieces;
            var headers = member.Headers.ToList();
            for (_at += Block; goesOn; _at += Block)
            {
                // An old sparse file's list of pieces goes on.
                goesOn = await BlockAsync(cancellation) ? TarHeader.GoesOn(_buffer.AsSpan(_at, Block)) : throw Cut();
                if (KeepsHeaders)
                {
                    headers.Add(new TarHeaderBytes(_buffer.AsSpan(_at, Block).ToArray(), []));
                    goesOn &= headers.Count < MostPieceBlocks ? true : throw new InvalidDataException($"The archive is damaged at byte {_member}: a file has too many holes.");
                }

                pieces.Add(_buffer.AsSpan(_at, TarHeader.MorePiecesBytes));
            }

            member = member with { Sparse = pieces.Form, Headers = headers };
        }
        else
        {
            _at += Block;
        }

        Begin(stored);
        return member;
    }

    private void Begin(long size)
    {
        if (size is < 0 or > long.MaxValue - Block)
        {
            throw new InvalidDataException($"The archive is damaged at byte {_member}: a member claims {size} bytes.");
        }

        (_left, _padding) = (size, TarHeader.RoundUp(size) - size);
    }

    private Task<byte[]> ContentAsync(long size, int most, CancellationToken cancellation)
    {
        Begin(size);
        return RestAsync(most, cancellation);
    }

    private async ValueTask SkipRestAsync(CancellationToken cancellation)
    {
        var left = _left + _padding;
        (_left, _padding) = (0, 0);
        while (left > _end - _at)
        {
            left -= _end - _at;
            _at = _end;
            if (source.CanSeek && left > BufferBytes)
            {
                if (left > source.Length - source.Position)
                {
                    throw Cut();
                }

                source.Seek(left, SeekOrigin.Current);
                (_passed, _at, _end, left) = (_passed + _end + left, 0, 0, 0);
            }
            else if (!await FillAsync(1, cancellation))
            {
                throw Cut();
            }
        }

        _at += (int)left;
    }

    private InvalidDataException Cut() => new($"The archive ends inside a member: the one at byte {_member} is cut off.");

    // At least one whole block is in the buffer, or the archive is at its end.
    private async ValueTask<bool> BlockAsync(CancellationToken cancellation) =>
        await FillAsync(Block, cancellation) || (_end == _at ? false : throw new InvalidDataException("The archive ends inside a block: it is cut off."));

    private async ValueTask<bool> FillAsync(int least, CancellationToken cancellation)
    {
        if (_end - _at >= least)
        {
            return true;
        }

        _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
        (_passed, _at, _end) = (_passed + _at, 0, _end - _at);
        while (_end < least)
        {
            var count = await source.ReadAsync(_buffer.AsMemory(_end, BufferBytes - _end), cancellation);
            if (count == 0)
            {
                return false;
            }

            _end += count;
        }

        return true;
    }
}
