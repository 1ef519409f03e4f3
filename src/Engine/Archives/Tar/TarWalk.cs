using System.Buffers;
using System.Text;

namespace VzDump.Engine.Archives.Tar;

/// <summary>
/// Walks over a tar archive from header to header, to its end, and unpacks nothing. Trusts nothing in it, and takes no more memory for a large one.
/// </summary>
internal sealed class TarWalk(Stream source)
{
    private const int Block = TarHeader.Block;
    private const int BufferBytes = 1024 * 1024;
    private const int LongestExtendedHeader = 8 * 1024 * 1024;
    private const int LongestConfig = 1024 * 1024;
    private const string ConfigFolder = "etc/vzdump/";
    private readonly Dictionary<string, string> _configs = new(StringComparer.Ordinal);
    private byte[] _buffer = [];
    private int _at;
    private int _end;

    /// <summary>Files, folders, links and the like.</summary>
    public long Members { get; private set; }

    /// <summary>Read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The guest's configurations that it begins with, by name, e.g. <c>pct.conf</c>.</summary>
    public IReadOnlyDictionary<string, string> Configs => _configs;

    /// <exception cref="InvalidDataException">It is no tar archive, or a damaged or incomplete one; the message is a sentence.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long? size = null;
            while (await BlockAsync(cancellation))
            {
                if (!_buffer.AsSpan(_at, Block).ContainsAnyExcept((byte)0))
                {
                    _at += Block;
                    await EndAsync(cancellation);
                    return;
                }

                size = await MemberAsync(size, cancellation);
            }

            throw new InvalidDataException(Bytes == 0 ? "The archive is empty." : $"The archive ends after {Members} members without its end mark: it is cut off.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    // Answers the size that an extended header gives the next member.
    private async Task<long?> MemberAsync(long? announced, CancellationToken cancellation)
    {
        var place = Bytes - (_end - _at);
        var header = new TarHeader(_buffer.AsSpan(_at, Block));
        if (!header.IsSound)
        {
            throw new InvalidDataException(place == 0 ? "This is not a tar archive." : $"The archive is damaged at byte {place}: a member's header has a wrong checksum.");
        }

        var size = header.Size ?? throw new InvalidDataException($"The archive is damaged at byte {place}: a number in a member's header is none.");
        var (type, name, isExtended) = (header.Type, header.Name, header.HasMorePieces);
        _at += Block;
        switch (type)
        {
            case 'x':
                return TarHeader.SizeIn(await ContentAsync(size, LongestExtendedHeader, place, cancellation)) ?? announced;
            case 'g' or 'K' or 'L':
                await SkipAsync(size, place, cancellation);
                return announced;
        }

        while (isExtended)
        {
            // An old sparse file's list of pieces goes on.
            isExtended = await BlockAsync(cancellation) ? TarHeader.GoesOn(_buffer.AsSpan(_at, Block)) : throw Cut(place);
            _at += Block;
        }

        Members++;
        size = type is '1' ? 0 : announced ?? size; // what a hard link's header says is that of the file that it means
        if (type is '0' or '\0' && name.StartsWith(ConfigFolder, StringComparison.Ordinal) && size <= LongestConfig)
        {
            _configs.TryAdd(name[ConfigFolder.Length..], Encoding.UTF8.GetString(await ContentAsync(size, LongestConfig, place, cancellation)));
        }
        else
        {
            await SkipAsync(size, place, cancellation);
        }

        return null;
    }

    // One block of zeros was there; a second one, and nothing but zeros behind it.
    private async Task EndAsync(CancellationToken cancellation)
    {
        var isSecond = false;
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

    private async Task<byte[]> ContentAsync(long size, int most, long place, CancellationToken cancellation)
    {
        if (size > most)
        {
            throw new InvalidDataException($"The archive is damaged at byte {place}: an extended header claims {size} bytes.");
        }

        var content = new byte[size];
        for (var got = 0; got < content.Length;)
        {
            var count = await BlockAsync(cancellation) ? Math.Min(content.Length - got, _end - _at) : throw Cut(place);
            _buffer.AsSpan(_at, count).CopyTo(content.AsSpan(got));
            got += count;
            _at += got == content.Length ? (int)TarHeader.RoundUp(count) : count;
        }

        return content;
    }

    private async ValueTask SkipAsync(long size, long place, CancellationToken cancellation)
    {
        if (size < 0 || size > long.MaxValue - Block)
        {
            throw new InvalidDataException($"The archive is damaged at byte {place}: a member claims {size} bytes.");
        }

        for (var left = TarHeader.RoundUp(size); left > 0;)
        {
            var count = await BlockAsync(cancellation) ? (int)Math.Min(left, _end - _at) : throw Cut(place);
            _at += count;
            left -= count;
        }
    }

    private static InvalidDataException Cut(long place) => new($"The archive ends inside a member: the one at byte {place} is cut off.");

    // At least one whole block is in the buffer, or the archive is at its end. Only whole blocks are ever taken from it.
    private async ValueTask<bool> BlockAsync(CancellationToken cancellation)
    {
        if (_end - _at >= Block)
        {
            return true;
        }

        _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
        (_at, _end) = (0, _end - _at);
        while (_end < Block)
        {
            var count = await source.ReadAsync(_buffer.AsMemory(_end, BufferBytes - _end), cancellation);
            if (count == 0)
            {
                return _end == 0 ? false : throw new InvalidDataException("The archive ends inside a block: it is cut off.");
            }

            _end += count;
            Bytes += count;
        }

        return true;
    }
}
