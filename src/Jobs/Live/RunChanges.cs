using System.Threading.Channels;

namespace VzDump.Jobs.Live;

/// <summary>Tells watchers that there is something to read. It carries no data: who is slow misses signals, never content.</summary>
internal sealed class RunChanges
{
    private readonly Lock _gate = new();
    private readonly List<Watch> _watches = [];
    private long _version;

    /// <summary>Grows with each change of a state of a run or task.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Begins to collect signals, of one run or (null) of the states of all.</summary>
    public Watch Begin(Guid? run)
    {
        var watch = new Watch(this, run);
        lock (_gate)
        {
            _watches.Add(watch);
        }

        return watch;
    }

    /// <summary>A run or one of its tasks is in another state.</summary>
    public void StateChanged(Guid run)
    {
        Interlocked.Increment(ref _version);
        Raise(watched => watched is null || watched == run);
    }

    /// <summary>A run waits no longer: those behind it have another place.</summary>
    public void QueueMoved()
    {
        Interlocked.Increment(ref _version);
        Raise(_ => true);
    }

    /// <summary>A saved job is another than it was.</summary>
    public void JobsChanged()
    {
        Interlocked.Increment(ref _version);
        Raise(watched => watched is null);
    }

    /// <summary>A run has new lines or progress.</summary>
    public void Progressed(Guid run) => Raise(watched => watched == run);

    private void Raise(Func<Guid?, bool> concerns)
    {
        lock (_gate)
        {
            foreach (var watch in _watches)
            {
                if (concerns(watch.Run))
                {
                    watch.Signal();
                }
            }
        }
    }

    private void End(Watch watch)
    {
        lock (_gate)
        {
            _watches.Remove(watch);
        }
    }

    /// <summary>One watcher's signal: any number of changes since it last looked are one.</summary>
    internal sealed class Watch(RunChanges changes, Guid? run) : IDisposable
    {
        private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        public Guid? Run => run;

        public void Signal() => _signal.Writer.TryWrite(true);

        /// <summary>Returns when something changed since the last call, or since the beginning.</summary>
        public async Task WaitAsync(CancellationToken cancellation) => await _signal.Reader.ReadAsync(cancellation);

        public void Dispose() => changes.End(this);
    }
}
