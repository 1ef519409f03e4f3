namespace VzDump.Engine.Browsing.Disks;

/// <summary>Reads a file piece by piece, so that others are answered in between, and leaving it early costs no more than a piece.</summary>
internal sealed class DiskFileStream(long length, Func<long, Memory<byte>, CancellationToken, Task> read) : Stream
{
    private const int PieceBytes = 8 << 20, FirstBytes = 64 * 1024;
    private byte[] _piece = [];
    private long _next;
    private int _at, _held;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _next - _held + _at;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == _held)
        {
            // Small at first: most files are, and a preview wants no more.
            var size = (int)Math.Min(_next == 0 ? FirstBytes : PieceBytes, length - _next);
            if (size == 0)
            {
                return 0;
            }

            _piece = _piece.Length >= size ? _piece : new byte[size];
            await read(_next, _piece.AsMemory(0, size), cancellationToken);
            (_at, _held, _next) = (0, size, _next + size);
        }

        var count = Math.Min(buffer.Length, _held - _at);
        _piece.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
