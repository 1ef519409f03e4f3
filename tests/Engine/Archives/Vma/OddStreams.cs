using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Archives.Vma;

/// <summary>A disk of any size with nothing on it.</summary>
internal sealed class HoleDisk(long length) : IDisk
{
    public long Length => length;

    public ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation) => ValueTask.FromResult(new DiskExtent(length, IsHole: true));

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation) => throw new InvalidOperationException("A hole was read.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A disk of data whose reads do what the test says.</summary>
internal sealed class ScriptedDisk(long length, Func<long, CancellationToken, Task> onRead) : IDisk
{
    public long Length => length;

    public ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation) => ValueTask.FromResult(new DiskExtent(length, IsHole: false));

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        await onRead(offset, cancellation);
        buffer.Span.Fill(7);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Forward-only; counts writes and does what the test says before each.</summary>
internal sealed class CountingStream(Func<int, CancellationToken, Task>? onWrite = null) : Stream
{
    public int Writes { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Writes++;
        await (onWrite?.Invoke(Writes, cancellationToken) ?? Task.CompletedTask);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Gives its bytes in small, uneven portions, as a pipe does, and cannot seek.</summary>
internal sealed class DribblingStream(byte[] bytes, int portion = 70001) : Stream
{
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var given = Math.Min(Math.Min(count, portion), bytes.Length - _at);
        bytes.AsSpan(_at, given).CopyTo(buffer.AsSpan(offset));
        _at += given;
        return given;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
