using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>
/// Remembers which clusters of one device have been seen: a bit for each, in pages that come with the first cluster out of order
/// and go when all before it are there. A device's size is only a claim, so nothing is set aside for it.
/// </summary>
internal sealed class ClusterLedger(VmaDevice device)
{
    private const int PageClusters = 1024, WordBits = 64;

    private readonly Dictionary<long, ulong[]> _pages = [];
    private long _front;  // every cluster before it has been seen

    /// <summary>How many pages are held, of about 250 bytes each.</summary>
    public int Pages => _pages.Count;

    public long Clusters { get; } = RoundUp(device.Size, Cluster) / Cluster;

    /// <summary>False when it was there before.</summary>
    public bool TryAdd(uint cluster)
    {
        if (cluster < _front)
        {
            return false;
        }

        var page = PageOf(cluster);
        var (word, bit) = ((int)(cluster % PageClusters / WordBits), 1UL << (int)(cluster % WordBits));
        if ((page[word] & bit) != 0)
        {
            return false;
        }

        page[word] |= bit;
        if (cluster == _front)
        {
            Advance();
        }

        return true;
    }

    /// <summary>The lowest cluster not seen; null when all were.</summary>
    public long? FirstMissing => _front < Clusters ? _front : null;

    private ulong[] PageOf(long cluster)
    {
        var number = cluster / PageClusters;
        if (!_pages.TryGetValue(number, out var page))
        {
            _pages[number] = page = new ulong[PageClusters / WordBits];
        }

        return page;
    }

    private void Advance()
    {
        while (_pages.TryGetValue(_front / PageClusters, out var page)
            && (page[_front % PageClusters / WordBits] >> (int)(_front % WordBits) & 1) != 0)
        {
            _front++;
            if (_front % PageClusters == 0)
            {
                _pages.Remove((_front / PageClusters) - 1);
            }
        }
    }
}
