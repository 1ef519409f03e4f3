using VzDump.Engine.Host;

namespace VzDump.Engine.Compression;

/// <summary>Reads another stream, and shows somebody what was read.</summary>
internal sealed class WatchedReader(Stream source, Action<ReadOnlyMemory<byte>> onRead) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await source.ReadAsync(buffer, cancellationToken);
        onRead(buffer[..count]);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var got = source.Read(buffer, offset, count);
        onRead(buffer.AsMemory(offset, got));
        return got;
    }
}
