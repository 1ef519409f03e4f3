using System.Collections.Concurrent;

namespace VzDump.Engine.Browsing;

/// <summary>Archives that are read to be shown: one at a time, because that reads as much as a backup writes, and each once for all who wait.</summary>
public sealed class ArchiveReadings(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ToldFor = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, ArchiveReading> _readings = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Begins a reading, or joins the one there is. It goes on when nobody waits for it; one that failed is told of for a while, so that who asks again and again does not read the archive each time.</summary>
    /// <param name="key">What is made of which archive.</param>
    /// <param name="again">Whether to begin anew though it failed just now.</param>
    internal ArchiveReading Begin(string key, bool again, Func<ArchiveReading, Task> read)
    {
        if (_readings.TryGetValue(key, out var failed) && failed.Done.IsFaulted && (again || time.GetElapsedTime(failed.Ended) > ToldFor))
        {
            _readings.TryRemove(new(key, failed));
        }

        var reading = _readings.GetOrAdd(key, key => new ArchiveReading(key));
        reading.Begin(() => RunInTurnAsync(reading, read));
        return reading;
    }

    public void Dispose()
    {
        foreach (var reading in _readings.Values)
        {
            reading.Cancel();
        }
    }

    private async Task RunInTurnAsync(ArchiveReading reading, Func<ArchiveReading, Task> read)
    {
        try
        {
            await _turn.WaitAsync(reading.Cancelled);
            try
            {
                await read(reading);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            reading.Ended = time.GetTimestamp();
            throw;
        }
        catch
        {
            _readings.TryRemove(new(reading.Key, reading));
            throw;
        }

        _readings.TryRemove(new(reading.Key, reading));
    }
}
