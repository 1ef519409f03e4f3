using VzDump.Engine.Host;

namespace VzDump.Engine.Archives;

/// <summary>The beginning of a stream. Who wants more than that of a file from elsewhere has been led on by it, and hears so.</summary>
internal sealed class StreamHead(Stream source, long most) : ReadOnlyStream
{
    private long _read;

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
}
