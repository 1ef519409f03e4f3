using System.Buffers.Binary;
using System.Text;

namespace VzDump.Engine.Browsing;

/// <summary>
/// An entry as an index keeps it: numbers of fixed size, then folder, name and link as UTF-8. Sorted by folder, then folders before files, then name; of
/// two of the same name the one that was written last comes first, and one that the archive does not hold itself last.
/// </summary>
internal static class TreeRecord
{
    /// <summary>What comes before the texts, in bytes.</summary>
    public const int Head = 55;

    /// <summary>No record is longer, in bytes.</summary>
    public const int Longest = Head + (MemberPath.Longest * 24) + 16;

    private const int ParentAt = 4, NameAt = 6, LinkAt = 8, KindAt = 10, PlaceAt = 11, SpanAt = 19, SizeAt = 27, ModeAt = 35, UserAt = 39, GroupAt = 43, ModifiedAt = 47;

    public static int LengthOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record);

    /// <summary>Its length, in bytes; 0 when it does not fit.</summary>
    public static int Write(TreeEntry entry, Span<byte> record)
    {
        if (record.Length < Head + Encoding.UTF8.GetMaxByteCount(entry.Path.ToString().Length + entry.Link.Length))
        {
            return 0;
        }

        var parent = Encoding.UTF8.GetBytes(entry.Path.Parent.ToString(), record[Head..]);
        var name = Encoding.UTF8.GetBytes(entry.Path.Name, record[(Head + parent)..]);
        var link = Encoding.UTF8.GetBytes(entry.Link, record[(Head + parent + name)..]);
        var length = Head + parent + name + link;
        BinaryPrimitives.WriteInt32LittleEndian(record, length);
        BinaryPrimitives.WriteUInt16LittleEndian(record[ParentAt..], checked((ushort)parent));
        BinaryPrimitives.WriteUInt16LittleEndian(record[NameAt..], checked((ushort)name));
        BinaryPrimitives.WriteUInt16LittleEndian(record[LinkAt..], checked((ushort)link));
        record[KindAt] = (byte)entry.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(record[PlaceAt..], entry.Place);
        BinaryPrimitives.WriteInt64LittleEndian(record[SpanAt..], entry.Span);
        BinaryPrimitives.WriteInt64LittleEndian(record[SizeAt..], entry.Size);
        BinaryPrimitives.WriteInt32LittleEndian(record[ModeAt..], entry.Mode);
        BinaryPrimitives.WriteUInt32LittleEndian(record[UserAt..], (uint)entry.User);
        BinaryPrimitives.WriteUInt32LittleEndian(record[GroupAt..], (uint)entry.Group);
        BinaryPrimitives.WriteInt64LittleEndian(record[ModifiedAt..], entry.Modified?.ToUnixTimeSeconds() ?? long.MinValue);
        return length;
    }

    public static TreeEntry Read(ReadOnlySpan<byte> record)
    {
        var modified = BinaryPrimitives.ReadInt64LittleEndian(record[ModifiedAt..]);
        var name = Encoding.UTF8.GetString(Name(record));
        _ = MemberPath.TryParse(Encoding.UTF8.GetString(Parent(record)), out var parent);
        return new TreeEntry
        {
            Path = parent.In(name),
            Kind = (EntryKind)record[KindAt],
            Size = BinaryPrimitives.ReadInt64LittleEndian(record[SizeAt..]),
            Mode = BinaryPrimitives.ReadInt32LittleEndian(record[ModeAt..]),
            User = BinaryPrimitives.ReadUInt32LittleEndian(record[UserAt..]),
            Group = BinaryPrimitives.ReadUInt32LittleEndian(record[GroupAt..]),
            Modified = modified == long.MinValue ? null : DateTimeOffset.FromUnixTimeSeconds(modified),
            Link = Encoding.UTF8.GetString(record.Slice(Head + Parent(record).Length + Name(record).Length, BinaryPrimitives.ReadUInt16LittleEndian(record[LinkAt..]))),
            Place = PlaceOf(record),
            Span = BinaryPrimitives.ReadInt64LittleEndian(record[SpanAt..]),
        };
    }

    public static ReadOnlySpan<byte> Parent(ReadOnlySpan<byte> record) => record.Slice(Head, BinaryPrimitives.ReadUInt16LittleEndian(record[ParentAt..]));

    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> record) => record.Slice(Head + Parent(record).Length, BinaryPrimitives.ReadUInt16LittleEndian(record[NameAt..]));

    public static bool IsFolder(ReadOnlySpan<byte> record) => record[KindAt] == (byte)EntryKind.Folder;

    public static int Compare(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        CompareNames(one, other) is not 0 and var order ? order : PlaceOf(other).CompareTo(PlaceOf(one));

    /// <summary>0 when both mean the same place of the tree.</summary>
    public static int CompareNames(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => Compare(one, Parent(other), IsFolder(other), Name(other));

    public static int Compare(ReadOnlySpan<byte> record, ReadOnlySpan<byte> parent, bool isFolder, ReadOnlySpan<byte> name)
    {
        var order = Parent(record).SequenceCompareTo(parent);
        order = order != 0 ? order : isFolder.CompareTo(IsFolder(record));
        return order != 0 ? order : Name(record).SequenceCompareTo(name);
    }

    private static long PlaceOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt64LittleEndian(record[PlaceAt..]);
}
