namespace VzDump.Engine.Host.Nbd;

/// <summary>A disk that an NBD server exports and that stands still while it is read.</summary>
internal sealed class NbdDisk : IDisk
{
    // Small enough for many of them in the reads of the archiver, large enough that their heads do not count.
    private const int Slice = 256 * 1024;
    private const long StatusStep = 1L << 30;
    private readonly NbdClient _client;
    private readonly SemaphoreSlim _inFlight;
    private readonly Queue<DiskExtent> _known = new();
    private long _knownFrom;

    private NbdDisk(NbdClient client, int requests)
    {
        _client = client;
        _inFlight = new SemaphoreSlim(requests);
    }

    public long Length => _client.Size;

    /// <param name="requests">How many reads are in flight at most.</param>
    /// <param name="limit">How long each answer may take.</param>
    public static async Task<NbdDisk> OpenAsync(string path, string export, int requests, TimeSpan limit, TimeProvider time, CancellationToken cancellation) =>
        new(await NbdClient.ConnectAsync(path, export, limit, time, cancellation), requests);

    public async ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation)
    {
        // Answers stay true: what a guest changes meanwhile is kept as it was, so zeros stay zeros and data data.
        while (_known.TryPeek(out var known))
        {
            if (offset >= _knownFrom && offset < known.End)
            {
                return known;
            }

            _knownFrom = known.End;
            _known.Dequeue();
        }

        _knownFrom = offset;
        var end = offset;
        foreach (var stretch in await _client.StretchesAsync(offset, Math.Min(StatusStep, Length - offset), cancellation))
        {
            end = Math.Min(Length, end + stretch.Length);
            _known.Enqueue(new DiskExtent(end, stretch.IsZero));
        }

        return _known.Peek();
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        var slice = Math.Min(Slice, _client.LongestRequest);
        var reads = new Task[(buffer.Length + slice - 1) / slice];
        for (var index = 0; index < reads.Length; index++)
        {
            reads[index] = ReadSliceAsync(offset + ((long)index * slice), buffer.Slice(index * slice, Math.Min(slice, buffer.Length - (index * slice))), cancellation);
        }

        // All of them, also after one failed: nothing may write to the buffer when this is over.
        await Task.WhenAll(reads);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _inFlight.Dispose();
    }

    private async Task ReadSliceAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        await _inFlight.WaitAsync(cancellation);
        try
        {
            await _client.ReadAsync(offset, buffer, cancellation);
        }
        finally
        {
            _inFlight.Release();
        }
    }
}
