using System.Diagnostics;

namespace VzDump.HangfireSqlite.Locking;

/// <summary>
/// Hangfire's distributed locks. Within the process they are waited for without polling; against other processes the place in the file
/// is tried again, at first soon.
/// </summary>
internal sealed class ResourceLocks(LockFile file)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);
    private readonly Dictionary<long, Entry> _entries = [];

    /// <summary>Takes a place for an owner, who may take it again; null when the time is over. Disposing gives it back, from any thread.</summary>
    public IDisposable? Take(long place, object owner, TimeSpan timeout)
    {
        var began = Stopwatch.GetTimestamp();
        Entry? entry;
        lock (_entries)
        {
            if (_entries.TryGetValue(place, out entry) && entry.Owner == owner)
            {
                entry.Depth++;
                return new Held(this, place, entry);
            }

            if (entry is null)
            {
                _entries.Add(place, entry = new Entry());
            }

            entry.Users++;
        }

        if (entry.Turn.Wait(Clamp(timeout)))
        {
            if (TryHold(place, timeout, began))
            {
                lock (_entries)
                {
                    (entry.Owner, entry.Depth) = (owner, 1);
                }

                return new Held(this, place, entry);
            }

            entry.Turn.Release();
        }

        Leave(place, entry);
        return null;
    }

    private static TimeSpan Clamp(TimeSpan timeout) =>
        timeout < TimeSpan.Zero ? TimeSpan.Zero : timeout.TotalMilliseconds > int.MaxValue ? TimeSpan.FromMilliseconds(int.MaxValue) : timeout;

    // Only another process can have the place here; it tells nobody when it gives it back.
    private bool TryHold(long place, TimeSpan timeout, long began)
    {
        for (var pause = FirstPause; !file.TryHold(place); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var left = timeout - Stopwatch.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            Task.Delay(pause < left ? pause : left, TimeProvider.System, CancellationToken.None).Wait(CancellationToken.None);
        }

        return true;
    }

    private void GiveBack(long place, Entry entry)
    {
        lock (_entries)
        {
            if (--entry.Depth > 0)
            {
                return;
            }

            entry.Owner = null;
            file.Release(place);
        }

        entry.Turn.Release();
        Leave(place, entry);
    }

    // An entry that nobody holds or waits for goes: there is one for each job that ever changed its state.
    private void Leave(long place, Entry entry)
    {
        lock (_entries)
        {
            if (--entry.Users == 0)
            {
                _entries.Remove(place);
            }
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public object? Owner { get; set; }

        /// <summary>How often the owner has taken it.</summary>
        public int Depth { get; set; }

        /// <summary>The owner and all who wait.</summary>
        public int Users { get; set; }
    }

    private sealed class Held(ResourceLocks locks, long place, Entry entry) : IDisposable
    {
        private int _givenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _givenBack, 1) == 0)
            {
                locks.GiveBack(place, entry);
            }
        }
    }
}
