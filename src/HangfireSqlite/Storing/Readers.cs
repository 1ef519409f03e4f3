namespace VzDump.HangfireSqlite.Storing;

/// <summary>Handles for reading. Readers wait neither for each other nor for the writer.</summary>
internal sealed class Readers(string file, int kept) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<Handle> _idle = new();
    private bool _closed;

    /// <summary>One query.</summary>
    public T Read<T>(Func<Handle, T> query)
    {
        var handle = Take();
        try
        {
            var answer = query(handle);
            GiveBack(handle);
            return answer;
        }
        catch
        {
            // Who knows what state it is in.
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Several queries that see the same moment.</summary>
    public T ReadTogether<T>(Func<Handle, T> queries) => Read(handle =>
    {
        handle.Run("BEGIN");
        var answer = queries(handle);
        handle.Run("COMMIT");
        return answer;
    });

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_idle.TryPop(out var handle))
            {
                handle.Dispose();
            }
        }
    }

    private Handle Take()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_idle.TryPop(out var handle))
            {
                return handle;
            }
        }

        return Handle.OpenToRead(file);
    }

    private void GiveBack(Handle handle)
    {
        lock (_gate)
        {
            if (!_closed && _idle.Count < kept)
            {
                _idle.Push(handle);
                return;
            }
        }

        handle.Dispose();
    }
}
