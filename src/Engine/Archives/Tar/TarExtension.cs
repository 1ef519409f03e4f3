using System.Globalization;

namespace VzDump.Engine.Archives.Tar;

/// <summary>What extended headers tell about the next member.</summary>
internal sealed class TarExtension
{
    private byte[]? _sparsePath;
    private byte[]? _path;

    /// <summary>As they stand there, where they are kept.</summary>
    public List<TarHeaderBytes> Headers { get; } = [];

    /// <summary>Its path; null when only its own header tells. A sparse file's path is a made one, and its own is kept apart.</summary>
    public byte[]? Path => _sparsePath ?? _path;

    public byte[]? Link { get; private set; }

    public long? StoredBytes { get; private set; }

    public long? RealSize { get; private set; }

    public long? User { get; private set; }

    public long? Group { get; private set; }

    public long? Modified { get; private set; }

    public SparseForm Sparse { get; private set; } = new SparseForm.None();

    /// <param name="type"><c>x</c> for POSIX's header, <c>L</c> and <c>K</c> for GNU's long path and long link.</param>
    public void Learn(char type, byte[] records)
    {
        switch (type)
        {
            case 'L':
                _path = Cut(records);
                return;
            case 'K':
                Link = Cut(records);
                return;
        }

        _sparsePath = Text("GNU.sparse.name"u8) ?? _sparsePath;
        _path = Text("path"u8) ?? _path;
        Link = Text("linkpath"u8) ?? Link;
        StoredBytes = TarHeader.SizeIn(records) ?? StoredBytes;
        RealSize = Number("GNU.sparse.realsize"u8) ?? Number("GNU.sparse.size"u8) ?? RealSize;
        User = Number("uid"u8) ?? User;
        Group = Number("gid"u8) ?? Group;
        Modified = Number("mtime"u8) ?? Modified;
        Sparse = TarHeader.Value(records, "GNU.sparse.map"u8) is { IsEmpty: false } map ? SparseList.Of(map)
            : Number("GNU.sparse.major"u8) is 1 ? new SparseForm.BeforeContent()
            : Number("GNU.sparse.numblocks"u8) is not null ? new SparseForm.Unknown()
            : Sparse;

        byte[]? Text(ReadOnlySpan<byte> key) => TarHeader.Value(records, key) is { IsEmpty: false } value ? value.ToArray() : null;

        // e.g. 1766434812.123456789 for a time; what is behind the point is not needed
        long? Number(ReadOnlySpan<byte> key)
        {
            var value = TarHeader.Value(records, key);
            value = value.IndexOf((byte)'.') is >= 0 and var point ? value[..point] : value;
            return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
    }

    private static byte[] Cut(byte[] text) => Array.IndexOf(text, (byte)0) is >= 0 and var end ? text[..end] : text;
}
