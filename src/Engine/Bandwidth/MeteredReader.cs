using VzDump.Engine.Host;

namespace VzDump.Engine.Bandwidth;

/// <summary>Counts what is read from another stream, and holds it to a limit.</summary>
public sealed class MeteredReader(Stream source, BandwidthLimit limit, TimeProvider time) : ReadOnlyStream
{
    private readonly Pace _pace = new(limit, time);
    private long _count;

    /// <summary>Bytes so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Whether the other stream's end was reached.</summary>
    public bool HasEnded { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await source.ReadAsync(buffer[..Math.Min(buffer.Length, _pace.Slice)], cancellationToken);
        await _pace.WaitAsync(count, cancellationToken);
        HasEnded |= count == 0 && buffer.Length > 0;
        Volatile.Write(ref _count, _count + count);
        return count;
    }
}
