namespace VzDump.Engine.Browsing;

/// <summary>Parts of an archive, in its order; those that touch are one.</summary>
internal sealed class MemberRanges
{
    private const int MostLoose = 1024 * 1024;
    private List<(long Start, long End)> _ranges = [];
    private int _joined;

    /// <summary>In the archive's order, once each.</summary>
    public IReadOnlyList<(long Start, long End)> All
    {
        get
        {
            Join();
            return _ranges;
        }
    }

    public void Add(TreeEntry entry)
    {
        if (entry.Place >= 0)
        {
            _ranges.Add((entry.Place, entry.Place + entry.Span));
            if (_ranges.Count - _joined > MostLoose)
            {
                Join();
            }
        }
    }

    public bool Holds(TreeEntry entry)
    {
        Join();
        var at = _ranges.BinarySearch((entry.Place, long.MaxValue));
        return (at < 0 ? ~at : at) is > 0 and var next && _ranges[next - 1].End > entry.Place;
    }

    private void Join()
    {
        if (_joined == _ranges.Count)
        {
            return;
        }

        _ranges.Sort();
        var joined = new List<(long Start, long End)>();
        foreach (var range in _ranges)
        {
            if (joined is [.., var last] && range.Start <= last.End)
            {
                joined[^1] = (last.Start, Math.Max(last.End, range.End));
            }
            else
            {
                joined.Add(range);
            }
        }

        (_ranges, _joined) = (joined, joined.Count);
    }
}
