using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Packs disks, one after another, into batches of extents.</summary>
internal sealed class DiskPacker(IReadOnlyList<VmaStream> streams)
{
    private int _stream;  // the id; index + 1
    private long _offset;
    private long _before;  // the bytes of all disks before this one
    private DiskWalk? _disk;

    /// <summary>False when nothing is left to pack.</summary>
    public async ValueTask<bool> FillAsync(ExtentBatch batch, CancellationToken cancellation)
    {
        batch.Reset();
        if (streams.Count == 0)
        {
            batch.Close();  // an archive without devices has one empty extent
            return _stream++ == 0;
        }

        while (batch.HasRoom && Current() is not null)
        {
            while (batch.FreeSlots > 0 && Current() is { } disk)
            {
                cancellation.ThrowIfCancellationRequested();
                _offset = await PackAsync(disk, batch, cancellation);
            }

            batch.Close();
        }

        batch.Done = _before + (_disk is null ? 0 : RoundUp(_offset, Sector));
        return !batch.Finished.IsEmpty;
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

    /// <summary>Packs clusters of one kind, as many as there are slots for, and answers the offset behind them.</summary>
    private async ValueTask<long> PackAsync(DiskWalk disk, ExtentBatch batch, CancellationToken cancellation)
    {
        var cluster = (uint)(_offset / Cluster);
        var limit = Math.Min(disk.Length, _offset + ((long)batch.FreeSlots * Cluster));
        var stretch = await disk.StretchAsync(_offset, limit, cancellation);
        var end = Math.Min(stretch.End, limit);
        if (end < disk.Length)
        {
            end = end / Cluster * Cluster;
        }

        if (end <= _offset)
        {
            end = Math.Min(disk.Length, _offset + Cluster);
            await ReadMixedAsync(disk, batch.Free, end, cancellation);
        }
        else if (stretch.IsHole)
        {
            batch.AddZeros(_stream, cluster, (int)(RoundUp(end - _offset, Cluster) / Cluster));
            return end;
        }
        else
        {
            await disk.ReadAsync(_offset, batch.Free[..(int)(end - _offset)], cancellation);
        }

        var length = (int)(end - _offset);
        var sectors = (int)RoundUp(length, Sector);
        batch.Free.Span[length..sectors].Clear();
        batch.AddData(_stream, cluster, sectors);
        return end;
    }

    // A cluster that is part hole, part data.
    private async ValueTask ReadMixedAsync(DiskWalk disk, Memory<byte> to, long end, CancellationToken cancellation)
    {
        for (var at = _offset; at < end;)
        {
            var stretch = await disk.StretchAsync(at, end, cancellation);
            var piece = to[(int)(at - _offset)..(int)(Math.Min(stretch.End, end) - _offset)];
            if (stretch.IsHole)
            {
                piece.Span.Clear();
            }
            else
            {
                await disk.ReadAsync(at, piece, cancellation);
            }

            at += piece.Length;
        }
    }
}
