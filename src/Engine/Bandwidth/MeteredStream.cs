using VzDump.Engine.Host;

namespace VzDump.Engine.Bandwidth;

/// <summary>Counts what passes through to another stream, and holds it to a limit.</summary>
public sealed class MeteredStream(Stream destination, BandwidthLimit limit, TimeProvider time) : WriteOnlyStream
{
    private readonly Pace _pace = new(limit, time);
    private long _count;

    /// <summary>Bytes so far.</summary>
    public long Count => Volatile.Read(ref _count);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var slice = buffer[..Math.Min(buffer.Length, _pace.Slice)];
            await _pace.WaitAsync(slice.Length, cancellationToken);
            await destination.WriteAsync(slice, cancellationToken);
            Volatile.Write(ref _count, _count + slice.Length);
            buffer = buffer[slice.Length..];
        }
    }
}
