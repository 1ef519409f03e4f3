namespace VzDump.Engine.Host.Nbd;

/// <summary>A request on its way. Completed only by the client's reader, so that nothing writes to the buffer any more when it is complete.</summary>
internal sealed class NbdRequest(long offset, long length, Memory<byte> buffer)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<NbdStretch> _stretches = [];
    private long _covered;
    private string? _error;

    public Task Done => _done.Task;

    public IReadOnlyList<NbdStretch> Stretches => _stretches;

    public bool IsRead => !buffer.IsEmpty;

    /// <summary>The part of the buffer for data that the server sends for this place.</summary>
    /// <exception cref="IOException">It is outside what was asked for.</exception>
    public Memory<byte> Place(long at, long count)
    {
        if (!IsRead || at < offset || count < 0 || count > offset + length - at)
        {
            throw new IOException($"The NBD server sent {count} bytes for {at}, where {length} at {offset} were asked for.");
        }

        _covered += count;
        return buffer.Slice((int)(at - offset), (int)count);
    }

    public Memory<byte> Whole() => Place(offset, length);

    public void Add(NbdStretch stretch)
    {
        if (stretch.Length > 0)
        {
            _stretches.Add(stretch);
        }
    }

    public void Fail(string error) => _error ??= error;

    /// <summary>The server has said all there is to say.</summary>
    public void Close()
    {
        if (_error is not null)
        {
            _done.TrySetException(new IOException(_error));
        }
        else if (IsRead ? _covered != length : _stretches.Count == 0)
        {
            _done.TrySetException(new IOException($"The NBD server left out a part of {length} bytes at {offset}."));
        }
        else
        {
            _done.TrySetResult();
        }
    }

    public void Abort(Exception error) => _done.TrySetException(error);
}

/// <summary>A stretch of an export; one of zeros need not be read.</summary>
internal readonly record struct NbdStretch(long Length, bool IsZero);
