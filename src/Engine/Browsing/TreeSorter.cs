using Microsoft.Win32.SafeHandles;

namespace VzDump.Engine.Browsing;

/// <summary>Sorts any number of entries in little memory: a portion at a time, and then all portions together from a file.</summary>
/// <param name="spill">An empty file for the portions.</param>
internal sealed class TreeSorter(SafeFileHandle spill)
{
    private const int PortionBytes = 8 * 1024 * 1024;
    private const int WindowBytes = TreeRecord.Longest + (32 * 1024);

    private readonly byte[] _portion = GC.AllocateUninitializedArray<byte>(PortionBytes);
    private readonly List<int> _places = [];
    private readonly List<(long Start, long End)> _sorted = [];
    private int _used;

    /// <summary>So much was written to the file, in bytes.</summary>
    public long SpilledBytes { get; private set; }

    public void Add(TreeEntry entry)
    {
        var length = TreeRecord.Write(entry, _portion.AsSpan(_used));
        if (length == 0)
        {
            Spill();
            length = TreeRecord.Write(entry, _portion);
        }

        _places.Add(_used);
        _used += length;
    }

    /// <summary>All of them in order, each place of the tree once. A record holds until the next one is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Merge()
    {
        Spill();
        var queue = new PriorityQueue<Window, Window>(Comparer<Window>.Create((one, other) => TreeRecord.Compare(one.Record.Span, other.Record.Span)));
        foreach (var (start, end) in _sorted)
        {
            var window = new Window(spill, start, end);
            queue.Enqueue(window, window);
        }

        var last = Array.Empty<byte>();
        while (queue.TryDequeue(out var window, out _))
        {
            var record = window.Record;
            if (last.Length == 0 || TreeRecord.CompareNames(last, record.Span) != 0)
            {
                last = record.ToArray();
                yield return last;
            }

            if (window.GoOn())
            {
                queue.Enqueue(window, window);
            }
        }
    }

    private ReadOnlySpan<byte> At(int place) => _portion.AsSpan(place, TreeRecord.LengthOf(_portion.AsSpan(place)));

    private void Spill()
    {
        if (_places.Count == 0)
        {
            return;
        }

        _places.Sort((one, other) => TreeRecord.Compare(At(one), At(other)));
        var (start, at) = (SpilledBytes, 0);
        var ordered = GC.AllocateUninitializedArray<byte>(_used);
        for (var index = 0; index < _places.Count; index++)
        {
            var record = At(_places[index]);
            if (index == 0 || TreeRecord.CompareNames(At(_places[index - 1]), record) != 0)
            {
                record.CopyTo(ordered.AsSpan(at));
                at += record.Length;
            }
        }

        RandomAccess.Write(spill, ordered.AsSpan(0, at), start);
        SpilledBytes += at;
        _sorted.Add((start, SpilledBytes));
        _places.Clear();
        _used = 0;
    }

    /// <summary>Reads one sorted portion from front to back.</summary>
    private sealed class Window
    {
        private readonly SafeFileHandle _file;
        private readonly long _last;
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(WindowBytes);
        private long _next;
        private int _at;
        private int _end;

        public Window(SafeFileHandle file, long start, long end)
        {
            (_file, _next, _last) = (file, start, end);
            Fill();
        }

        public ReadOnlyMemory<byte> Record => _bytes.AsMemory(_at, TreeRecord.LengthOf(_bytes.AsSpan(_at)));

        public bool GoOn()
        {
            _at += Record.Length;
            if (_end - _at < TreeRecord.Longest)
            {
                Fill();
            }

            return _at < _end;
        }

        private void Fill()
        {
            _bytes.AsSpan(_at, _end - _at).CopyTo(_bytes);
            (_at, _end) = (0, _end - _at);
            while (_next < _last && _end < _bytes.Length)
            {
                var count = RandomAccess.Read(_file, _bytes.AsSpan(_end, (int)Math.Min(_bytes.Length - _end, _last - _next)), _next);
                if (count == 0)
                {
                    throw new EndOfStreamException("The file for sorting was cut.");
                }

                _end += count;
                _next += count;
            }
        }
    }
}
