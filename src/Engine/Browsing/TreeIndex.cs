using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace VzDump.Engine.Browsing;

/// <summary>
/// The tree of a container's archive, read from an index file: a head, the records in order, and where each of them begins. What is asked for is looked up
/// in the file, so that a million files take no more memory than ten.
/// </summary>
public sealed class TreeIndex : IDisposable
{
    /// <summary>No search answers more.</summary>
    public const int MostFound = 1000;

    private const int HeadBytes = 4096, ProblemAt = 56;
    private const int ScanBytes = 1024 * 1024;
    private readonly SafeFileHandle _file;
    private readonly long _table;

    private TreeIndex(SafeFileHandle file, ReadOnlySpan<byte> head)
    {
        _file = file;
        Source = new ArchiveStamp(BinaryPrimitives.ReadInt64LittleEndian(head[8..]), BinaryPrimitives.ReadInt64LittleEndian(head[16..]));
        Count = BinaryPrimitives.ReadInt64LittleEndian(head[24..]);
        LeftOut = BinaryPrimitives.ReadInt64LittleEndian(head[32..]);
        FileBytes = BinaryPrimitives.ReadInt64LittleEndian(head[40..]);
        _table = BinaryPrimitives.ReadInt64LittleEndian(head[48..]);
        var problem = Encoding.UTF8.GetString(head.Slice(ProblemAt + 2, BinaryPrimitives.ReadUInt16LittleEndian(head[ProblemAt..])));
        Problem = problem.Length == 0 ? null : problem;
    }

    /// <summary>Entries of the tree.</summary>
    public long Count { get; }

    /// <summary>Members that are not in the tree: their paths lead out of it, or are too long.</summary>
    public long LeftOut { get; }

    /// <summary>Of all files, their holes included, in bytes.</summary>
    public long FileBytes { get; }

    /// <summary>A sentence about damage that ends the archive early; null when it is whole.</summary>
    public string? Problem { get; }

    internal ArchiveStamp Source { get; }

    private static ReadOnlySpan<byte> Mark => "vzdtree1"u8;

    public void Dispose() => _file.Dispose();

    /// <summary>What is directly in a folder: folders first, each by name.</summary>
    public FolderPart List(MemberPath folder, long skip, int most)
    {
        var parent = Encoding.UTF8.GetBytes(folder.ToString());
        var first = FirstNot(record => TreeRecord.Parent(record).SequenceCompareTo(parent) < 0);
        var end = FirstNot(record => TreeRecord.Parent(record).SequenceCompareTo(parent) <= 0);
        return new FolderPart(end - first, Scan(Math.Min(first + skip, end), Math.Min(first + skip + most, end)));
    }

    /// <summary>Null when there is nothing of this path. The root is always there.</summary>
    public TreeEntry? Find(MemberPath path)
    {
        if (path.IsRoot)
        {
            return new TreeEntry { Path = path, Kind = EntryKind.Folder };
        }

        var (parent, name) = (Encoding.UTF8.GetBytes(path.Parent.ToString()), Encoding.UTF8.GetBytes(path.Name));
        foreach (var isFolder in (bool[])[true, false])
        {
            var at = FirstNot(record => TreeRecord.Compare(record, parent, isFolder, name) < 0);
            if (at < Count && Record(at) is var record && TreeRecord.Compare(record, parent, isFolder, name) == 0)
            {
                return TreeRecord.Read(record);
            }
        }

        return null;
    }

    /// <summary>Entries whose name contains the text, small and capital letters alike, in the tree's order; at most <see cref="MostFound"/>.</summary>
    /// <param name="below">The folder to search.</param>
    public IReadOnlyList<TreeEntry> Search(string text, MemberPath below, CancellationToken cancellation)
    {
        var found = new List<TreeEntry>();
        var name = new char[TreeRecord.Longest];
        foreach (var (from, to) in RangesBelow(below))
        {
            ScanRecords(from, to, record =>
            {
                cancellation.ThrowIfCancellationRequested();
                var length = Encoding.UTF8.GetChars(TreeRecord.Name(record), name);
                if (name.AsSpan(0, length).Contains(text, StringComparison.OrdinalIgnoreCase))
                {
                    found.Add(TreeRecord.Read(record));
                }

                return found.Count < MostFound;
            });
        }

        return found.Count > MostFound ? found[..MostFound] : found;
    }

    /// <summary>Everything below a folder, at any depth.</summary>
    internal void LookBelow(MemberPath folder, Action<TreeEntry> look)
    {
        foreach (var (from, to) in RangesBelow(folder))
        {
            ScanRecords(from, to, record =>
            {
                look(TreeRecord.Read(record));
                return true;
            });
        }
    }

    /// <summary>Null when it is none, or one of another version.</summary>
    internal static TreeIndex? Open(string path)
    {
        try
        {
            var file = File.OpenHandle(path, options: FileOptions.RandomAccess);
            var head = new byte[HeadBytes];
            if (RandomAccess.Read(file, head, 0) == HeadBytes && head.AsSpan().StartsWith(Mark))
            {
                return new TreeIndex(file, head);
            }

            file.Dispose();
            return null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes an index from sorted records.</summary>
    internal static void Write(string path, ArchiveStamp source, TreeGrowth growth, IEnumerable<ReadOnlyMemory<byte>> records, CancellationToken cancellation)
    {
        var (count, at) = (0L, (long)HeadBytes);
        using var table = new FileStream(path + ".table", new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, BufferSize = 64 * 1024, Options = FileOptions.DeleteOnClose });
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 256 * 1024 });
        Span<byte> place = stackalloc byte[8];
        file.Position = at;
        foreach (var record in records)
        {
            cancellation.ThrowIfCancellationRequested();
            BinaryPrimitives.WriteInt64LittleEndian(place, at);
            table.Write(place);
            file.Write(record.Span);
            at += record.Length;
            count++;
        }

        table.Position = 0;
        table.CopyTo(file);
        var head = new byte[HeadBytes];
        Mark.CopyTo(head);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(8), source.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), source.Modified);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(24), count);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(32), growth.LeftOut);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(40), growth.FileBytes);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(48), at);
        var problem = growth.Problem ?? "";
        problem = problem[..Math.Min(problem.Length, 1000)];
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(ProblemAt), (ushort)Encoding.UTF8.GetBytes(problem, head.AsSpan(ProblemAt + 2)));
        file.Position = 0;
        file.Write(head);
    }

    // Records are in the order of their folders' paths: what is directly in it, and all whose folders begin with its path and a slash.
    private IEnumerable<(long From, long To)> RangesBelow(MemberPath folder)
    {
        if (folder.IsRoot)
        {
            return [(0, Count)];
        }

        var path = Encoding.UTF8.GetBytes(folder.ToString());
        return [(First(path), First([.. path, 0])), (First([.. path, (byte)'/']), First([.. path, (byte)'/' + 1]))];

        long First(byte[] parent) => FirstNot(record => TreeRecord.Parent(record).SequenceCompareTo(parent) < 0);
    }

    private List<TreeEntry> Scan(long from, long to)
    {
        var entries = new List<TreeEntry>();
        ScanRecords(from, to, record =>
        {
            entries.Add(TreeRecord.Read(record));
            return true;
        });
        return entries;
    }

    private delegate bool Look(ReadOnlySpan<byte> record);

    private void ScanRecords(long from, long to, Look look)
    {
        if (from >= to)
        {
            return;
        }

        var (at, last) = (PlaceOf(from), to < Count ? PlaceOf(to) : _table);
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(ScanBytes, last - at));
        while (at < last)
        {
            var portion = buffer.AsSpan(0, Fill(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, last - at))));
            var used = 0;
            while (portion.Length - used >= TreeRecord.Head && TreeRecord.LengthOf(portion[used..]) is var length && length <= portion.Length - used)
            {
                if (!look(portion.Slice(used, length)))
                {
                    return;
                }

                used += length;
            }

            at += used > 0 ? used : throw new InvalidDataException("The index of the archive is damaged. Delete it, and it is made again.");
        }
    }

    // The first record for which it does not hold any more.
    private long FirstNot(Look isBefore)
    {
        var (low, high) = (0L, Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = isBefore(Record(middle)) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private ReadOnlySpan<byte> Record(long number)
    {
        var at = PlaceOf(number);
        Span<byte> head = stackalloc byte[4];
        Fill(at, head);
        var record = new byte[Math.Clamp(TreeRecord.LengthOf(head), TreeRecord.Head, TreeRecord.Longest)];
        Fill(at, record);
        return record;
    }

    private long PlaceOf(long number)
    {
        Span<byte> place = stackalloc byte[8];
        Fill(_table + (number * place.Length), place);
        return BinaryPrimitives.ReadInt64LittleEndian(place);
    }

    private int Fill(long at, Span<byte> bytes)
    {
        for (var got = 0; got < bytes.Length;)
        {
            var count = RandomAccess.Read(_file, bytes[got..], at + got);
            got += count > 0 ? count : throw new InvalidDataException("The index of the archive is cut off. Delete it, and it is made again.");
        }

        return bytes.Length;
    }
}

/// <summary>Tells an archive's file from another one of the same name.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Modified">In ticks.</param>
internal readonly record struct ArchiveStamp(long Length, long Modified)
{
    /// <exception cref="ProblemException">It is no regular file.</exception>
    public static ArchiveStamp Of(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null } file
        ? new ArchiveStamp(file.Length, file.LastWriteTimeUtc.Ticks)
        : throw new ProblemException($"There is no archive '{Path.GetFileName(path)}' any more.");
}

/// <summary>A part of what is in a folder.</summary>
/// <param name="Count">Of all that is in it.</param>
public sealed record FolderPart(long Count, IReadOnlyList<TreeEntry> Entries);
