using System.Runtime.ExceptionServices;

namespace VzDump.HangfireSqlite.Storing;

/// <summary>
/// The one handle that writes. Whoever finds it free leads: it carries out what waits, each in a savepoint of its own, and commits once,
/// so that twenty workers share one wait for the disk.
/// </summary>
internal sealed class Writer(Handle handle) : IDisposable
{
    private const int LargestGroup = 64;
    private readonly Lock _gate = new();
    private readonly Queue<Work> _waiting = new();
    private bool _isLed;
    private bool _closed;

    /// <summary>Carries out all of the action or, when it throws, nothing of it. When this returns, it is on the disk.</summary>
    public void Do(Action<Handle> action)
    {
        var work = new Work(action);
        bool leads;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _waiting.Enqueue(work);
            leads = !_isLed;
            _isLed = true;
        }

        if (leads || work.WaitForLead())
        {
            Lead();
        }

        work.Error?.Throw();
    }

    /// <summary>The same, with an answer.</summary>
    public T Do<T>(Func<Handle, T> action)
    {
        var answer = default(T);
        Do(writing => { answer = action(writing); });
        return answer!;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
        }

        SpinWait.SpinUntil(() =>
        {
            lock (_gate)
            {
                return !_isLed;
            }
        });
        handle.Dispose();
    }

    // The leader's own work is the first of the group. One group only: the next in the queue leads the next one.
    private void Lead()
    {
        var group = new List<Work>();
        lock (_gate)
        {
            while (group.Count < LargestGroup && _waiting.TryDequeue(out var work))
            {
                group.Add(work);
            }
        }

        try
        {
            CarryOut(group);
        }
        finally
        {
            Work? next;
            lock (_gate)
            {
                _isLed = _waiting.TryPeek(out next);
            }

            next?.Become(Work.Stage.Leads);
            group.ForEach(work => work.Become(Work.Stage.Done));
        }
    }

    private void CarryOut(List<Work> group)
    {
        try
        {
            handle.Run("BEGIN IMMEDIATE");
            foreach (var work in group)
            {
                CarryOut(work, alone: group.Count == 1);
            }

            handle.Run("COMMIT");
        }
        catch (Exception error)
        {
            var told = ExceptionDispatchInfo.Capture(error);
            group.ForEach(work => work.Error ??= told);
            if (handle.IsInTransaction)
            {
                handle.Run("ROLLBACK");
            }
        }
    }

    private void CarryOut(Work work, bool alone)
    {
        if (alone)
        {
            work.Action(handle);
            return;
        }

        handle.Run("SAVEPOINT work");
        try
        {
            work.Action(handle);
        }
        catch (Exception error) when (handle.IsInTransaction) // a full disk ends the whole transaction, and the others' work with it
        {
            handle.Run("ROLLBACK TO work");
            work.Error = ExceptionDispatchInfo.Capture(error);
        }

        handle.Run("RELEASE work");
    }

    private sealed class Work(Action<Handle> action)
    {
        private readonly ManualResetEventSlim _changed = new(initialState: false, spinCount: 0);
        private volatile Stage _stage;

        internal enum Stage
        {
            Waits,
            Leads,
            Done,
        }

        public Action<Handle> Action => action;

        public ExceptionDispatchInfo? Error { get; set; }

        /// <summary>Waits until the work is done; true when instead its turn to lead has come.</summary>
        public bool WaitForLead()
        {
            _changed.Wait();
            return _stage is Stage.Leads;
        }

        public void Become(Stage stage)
        {
            _stage = stage;
            _changed.Set();
        }
    }
}
