using VzDump.Engine.Host;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Walks one disk forward and knows its stretches; each is asked for once.</summary>
internal sealed class DiskWalk(IDisk disk)
{
    private long _end;
    private bool _isHole;
    private DiskExtent? _next;  // begins at _end

    public long Length { get; } = disk.Length;

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation) => disk.ReadAsync(offset, buffer, cancellation);

    /// <summary>The stretch from the offset on. Neighbours of one kind are joined, as far as the limit.</summary>
    public async ValueTask<DiskExtent> StretchAsync(long offset, long limit, CancellationToken cancellation)
    {
        if (offset >= _end)
        {
            (_end, _isHole) = _next is { } next && next.End > offset ? next : await AskAsync(offset, cancellation);
            _next = null;
        }

        while (_end < limit)
        {
            _next ??= await AskAsync(_end, cancellation);
            if (_next.Value.IsHole != _isHole)
            {
                break;
            }

            (_end, _next) = (_next.Value.End, null);
        }

        return new DiskExtent(_end, _isHole);
    }

    private async ValueTask<DiskExtent> AskAsync(long offset, CancellationToken cancellation)
    {
        var extent = await disk.ExtentAtAsync(offset, cancellation);
        return extent.End > offset && extent.End <= Length
            ? extent
            : throw new IOException($"The disk gave a stretch from byte {offset} to {extent.End} of {Length}.");
    }
}
