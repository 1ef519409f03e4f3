namespace VzDump.HangfireSqlite.Queueing;

/// <summary>Workers that found no job. For each job that comes one of them is woken.</summary>
internal sealed class WaitingWorkers
{
    private readonly Lock _gate = new();
    private readonly LinkedList<WaitingWorker> _workers = new();

    /// <summary>The queues that somebody waits for.</summary>
    public IReadOnlyDictionary<string, int> Queues
    {
        get
        {
            lock (_gate)
            {
                return _workers.SelectMany(worker => worker.Queues).CountBy(queue => queue, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
            }
        }
    }

    /// <summary>From now on the worker can be woken, once.</summary>
    public void Add(WaitingWorker worker)
    {
        lock (_gate)
        {
            if (worker.Place is null)
            {
                worker.Place = _workers.AddLast(worker);
            }
        }
    }

    public void Remove(WaitingWorker worker)
    {
        lock (_gate)
        {
            Take(worker);
        }
    }

    /// <summary>Wakes the one who has waited longest for this queue.</summary>
    public void Wake(string queue)
    {
        lock (_gate)
        {
            for (var node = _workers.First; node is not null; node = node.Next)
            {
                if (node.Value.Queues.Contains(queue))
                {
                    Take(node.Value);
                    node.Value.Wake();
                    return;
                }
            }
        }
    }

    private void Take(WaitingWorker worker)
    {
        if (worker.Place is { } place)
        {
            _workers.Remove(place);
            worker.Place = null;
        }
    }
}

/// <summary>One worker while it waits. It belongs to one thread; only <see cref="Wake"/> is called by others.</summary>
internal sealed class WaitingWorker(string[] queues)
{
    private readonly SemaphoreSlim _woken = new(0);

    public string[] Queues => queues;

    /// <summary>Where it stands among those who wait.</summary>
    public LinkedListNode<WaitingWorker>? Place { get; set; }

    public void Wake() => _woken.Release();

    /// <summary>Waits to be woken, without a limit.</summary>
    public void Wait(CancellationToken cancellation) => _woken.Wait(cancellation);

    /// <summary>Whether it was woken and has not waited since.</summary>
    public bool WasWoken() => _woken.Wait(TimeSpan.Zero, CancellationToken.None);
}
