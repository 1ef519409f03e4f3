namespace VzDump.Engine.Archives;

/// <summary>The beginning of a stream. Who wants more than that of a file from elsewhere has been led on by it, and hears so.</summary>
internal sealed class StreamHead(Stream source, long most) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_read >= most && buffer.Length > 0)
        {
            throw new InvalidDataException($"its beginning goes on for more than {most / 1024 / 1024} MiB.");
        }

        var count = await source.ReadAsync(buffer[..(int)Math.Min(buffer.Length, most - _read)], cancellationToken);
        _read += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
