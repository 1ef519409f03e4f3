using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using VzDump.Engine.Archives.Vma;

namespace VzDump.Engine.Restores;

/// <summary>
/// Writes a new qcow2 image as its data comes, in any order, without a program. Clusters are as large as an archive's and lie in the file in
/// the order in which they came; those that never come take no room. Only <see cref="Finish"/> makes the file an image.
/// </summary>
internal sealed class Qcow2Target : IVmaTarget, IDisposable
{
    private const int ClusterBits = 16;
    private const int Cluster = 1 << ClusterBits;
    private const int PerTable = Cluster / sizeof(long);
    private const int CountsPerBlock = Cluster / sizeof(ushort);
    private const int HeaderLength = 104;
    private const ulong IsOnlyUse = 1UL << 63; // of a reference: nothing else refers there, so it is written in place
    private readonly SafeFileHandle _file;
    private readonly long _size;
    private readonly ulong[] _tables;
    private readonly long _tablesClusters;
    private long _next;

    private Qcow2Target(SafeFileHandle file, long size)
    {
        _file = file;
        _size = (size + 511) / 512 * 512; // of whole sectors
        _tables = new ulong[Clusters(Clusters(_size), PerTable)];
        _tablesClusters = Clusters(_tables.Length, PerTable);
        _next = 1 + _tablesClusters;
    }

    /// <param name="path">Emptied when it is there.</param>
    /// <param name="size">Of the disk, in bytes.</param>
    public static Qcow2Target Create(string path, long size) => new(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read), size);

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        if (offset < 0 || offset + data.Length > _size)
        {
            throw new ArgumentOutOfRangeException(nameof(offset));
        }

        while (data.Length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var (place, length) = Place(offset, data.Length);
            RandomAccess.Write(_file, data.Span[..length], place);
            offset += length;
            data = data[length..];
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Writes the tables, and at last the header.</summary>
    public void Finish()
    {
        var tables = new byte[_tables.Length * sizeof(ulong)];
        for (var index = 0; index < _tables.Length; index++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(tables.AsSpan(index * sizeof(ulong)), _tables[index]);
        }

        RandomAccess.Write(_file, tables, Cluster);
        var (countsAt, countsClusters) = WriteCounts();
        RandomAccess.SetLength(_file, _next * Cluster);
        WriteHeader(countsAt, countsClusters);
    }

    public void Dispose() => _file.Dispose();

    private static long Clusters(long bytes, long unit = Cluster) => (bytes + unit - 1) / unit;

    // Where in the file a stretch of the disk lies, and how much of it lies there in one piece. Clusters that have no place get the next one.
    private (long Place, int Length) Place(long offset, int length)
    {
        var first = offset / Cluster;
        ref var table = ref _tables[first / PerTable];
        if (table == 0)
        {
            table = (ulong)(_next++ * Cluster) | IsOnlyUse;
        }

        var entriesAt = (long)(table & ~IsOnlyUse) + (first % PerTable * sizeof(ulong));
        var count = (int)Math.Min(Clusters(offset + length) - first, PerTable - (first % PerTable));
        var entries = new byte[count * sizeof(ulong)];
        Read(entries, entriesAt);
        var place = Entry(0);
        var run = 1;
        if (place == 0)
        {
            for (; run < count && Entry(run) == 0; run++)
            {
            }

            place = _next * Cluster;
            for (var index = 0; index < run; index++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(entries.AsSpan(index * sizeof(ulong)), (ulong)(_next++ * Cluster) | IsOnlyUse);
            }

            RandomAccess.Write(_file, entries.AsSpan(0, run * sizeof(ulong)), entriesAt);
        }
        else
        {
            for (; run < count && Entry(run) == place + ((long)run * Cluster); run++)
            {
            }
        }

        return (place + (offset % Cluster), (int)Math.Min(length, ((first + run) * Cluster) - offset));

        long Entry(int index) => (long)(BinaryPrimitives.ReadUInt64BigEndian(entries.AsSpan(index * sizeof(ulong))) & ~IsOnlyUse);
    }

    // What lies past the file's end so far, or in a hole, is zero.
    private void Read(Span<byte> buffer, long at)
    {
        buffer.Clear();
        for (int count; buffer.Length > 0 && (count = RandomAccess.Read(_file, buffer, at)) > 0; at += count)
        {
            buffer = buffer[count..];
        }
    }

    // Every cluster of the file is used once, those of the counts themselves too.
    private (long At, long Clusters) WriteCounts()
    {
        var (blocks, tables) = (0L, 0L);
        while (blocks * CountsPerBlock < _next + blocks + tables || tables * PerTable < blocks)
        {
            (blocks, tables) = (Clusters(_next + blocks + tables, CountsPerBlock), Math.Max(1, Clusters(blocks, PerTable)));
        }

        var used = _next + blocks + tables;
        var block = new byte[Cluster];
        var table = new byte[tables * Cluster];
        for (var index = 0L; index < blocks; index++)
        {
            block.AsSpan().Clear();
            for (var count = 0; count < Math.Min(CountsPerBlock, used - (index * CountsPerBlock)); count++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(count * sizeof(ushort)), 1);
            }

            BinaryPrimitives.WriteInt64BigEndian(table.AsSpan((int)index * sizeof(long)), _next * Cluster);
            RandomAccess.Write(_file, block, _next++ * Cluster);
        }

        var at = _next * Cluster;
        RandomAccess.Write(_file, table, at);
        _next += tables;
        return (at, tables);
    }

    private void WriteHeader(long countsAt, long countsClusters)
    {
        var header = new byte[HeaderLength + sizeof(ulong)]; // and an empty list of extensions
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x514649FB); // QFI and 0xFB
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 3); // version
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(20), ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), _size);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(36), _tables.Length);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(40), Cluster);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(48), countsAt);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(56), (int)countsClusters);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(96), 4); // counts of 16 bits
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(100), HeaderLength);
        RandomAccess.Write(_file, header, 0);
    }
}
