using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Divides disks, one after another, among extents. It knows what lies where and reads nothing.</summary>
internal sealed class DiskPacker(IReadOnlyList<VmaStream> streams)
{
    private int _stream;  // the id; index + 1
    private long _offset;
    private long _before;  // the bytes of all disks before this one
    private DiskWalk? _disk;

    /// <summary>Gives a batch what it is to hold. False when nothing is left.</summary>
    public async ValueTask<bool> PlanAsync(ExtentBatch batch, CancellationToken cancellation)
    {
        batch.Reset();
        if (streams.Count == 0)
        {
            batch.Begin();  // an archive without devices has one empty extent
            return _stream++ == 0;
        }

        while (batch.HasRoom && Current() is not null)
        {
            batch.Begin();
            while (batch.FreeSlots > 0 && Current() is { } disk)
            {
                cancellation.ThrowIfCancellationRequested();
                var piece = await NextAsync(disk, batch.FreeSlots, cancellation);
                batch.Add(piece);
                _offset = piece.End;
            }
        }

        batch.Done = _before + (_disk is null ? 0 : RoundUp(_offset, Sector));
        return !batch.IsEmpty;
    }

    private DiskWalk? Current()
    {
        if (_disk is { } disk && _offset < disk.Length)
        {
            return disk;
        }

        _before += RoundUp(_disk?.Length ?? 0, Sector);
        _offset = 0;
        return _disk = _stream < streams.Count ? new DiskWalk(streams[_stream++].Disk) : null;
    }

    /// <summary>Clusters of one kind, as many as there are slots for; or one that is part hole, part data.</summary>
    private async ValueTask<DiskPiece> NextAsync(DiskWalk disk, int slots, CancellationToken cancellation)
    {
        var limit = Math.Min(disk.Length, _offset + ((long)slots * Cluster));
        var stretch = await disk.StretchAsync(_offset, limit, cancellation);
        var end = Math.Min(stretch.End, limit);
        if (end < disk.Length)
        {
            end = end / Cluster * Cluster;
        }

        if (end > _offset)
        {
            return new DiskPiece(disk, _stream, _offset, end, stretch.IsHole ? [] : [(_offset, end)]);
        }

        end = Math.Min(disk.Length, _offset + Cluster);
        var data = new List<(long, long)>();
        for (var at = _offset; at < end; at = Math.Min(stretch.End, end))
        {
            stretch = await disk.StretchAsync(at, end, cancellation);
            if (!stretch.IsHole)
            {
                data.Add((at, Math.Min(stretch.End, end)));
            }
        }

        return new DiskPiece(disk, _stream, _offset, end, data);
    }
}
