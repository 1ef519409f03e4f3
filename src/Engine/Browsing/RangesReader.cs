using System.Buffers;
using VzDump.Engine.Host;

namespace VzDump.Engine.Browsing;

/// <summary>Reads parts of a stream, one behind the other, and skips what lies between them.</summary>
/// <param name="ranges">In order, apart from each other.</param>
internal sealed class RangesReader(Stream source, IReadOnlyList<(long Start, long End)> ranges) : ReadOnlyStream
{
    private const int SkipBytes = 1024 * 1024;
    private int _range;
    private long _at;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_range < ranges.Count && _at >= ranges[_range].End)
        {
            _range++;
        }

        if (_range == ranges.Count || buffer.IsEmpty)
        {
            return 0;
        }

        var (start, end) = ranges[_range];
        await SkipToAsync(start, cancellationToken);
        var count = await source.ReadAsync(buffer[..(int)Math.Min(buffer.Length, end - _at)], cancellationToken);
        _at += count > 0 ? count : throw Changed();
        return count;
    }

    private static ProblemException Changed() => new("The archive cannot be read as far as before: it was cut off, or has changed since its files were listed.");

    private async ValueTask SkipToAsync(long place, CancellationToken cancellation)
    {
        if (_at >= place)
        {
            return;
        }

        if (source.CanSeek)
        {
            source.Seek(place - _at, SeekOrigin.Current);
            _at = place;
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(SkipBytes);
        try
        {
            while (_at < place)
            {
                var count = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, place - _at)), cancellation);
                _at += count > 0 ? count : throw Changed();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
