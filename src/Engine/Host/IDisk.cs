namespace VzDump.Engine.Host;

/// <summary>A guest's disk at one moment, readable at any offset.</summary>
public interface IDisk : IAsyncDisposable
{
    /// <summary>In bytes.</summary>
    long Length { get; }

    /// <summary>The stretch that begins at <paramref name="offset"/>; its end is at most <see cref="Length"/> and always after the offset.</summary>
    ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation);

    /// <summary>Fills the whole buffer from the offset on. The buffer ends at <see cref="Length"/> at the latest.</summary>
    /// <exception cref="IOException">A part could not be read.</exception>
    ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation);
}

/// <summary>A stretch of a disk up to <paramref name="End"/> (exclusive, in bytes). A hole reads as zeros and need not be read.</summary>
public readonly record struct DiskExtent(long End, bool IsHole);
