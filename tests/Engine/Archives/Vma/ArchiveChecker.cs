using System.Text;

namespace VzDump.Tests.Engine.Archives.Vma;

/// <summary>
/// Reads an archive from byte offsets, as the description of the format gives them, and asserts all that a writer must keep.
/// Shares no code with the product.
/// </summary>
internal sealed class ArchiveChecker
{
    private readonly byte[] _archive;
    private readonly bool[][] _seen = new bool[256][];

    public ArchiveChecker(byte[] archive)
    {
        _archive = archive;
        CheckHeader();
        var at = HeaderSize;
        while (at < archive.Length)
        {
            at = CheckExtent(at);
        }

        Assert.Equal(archive.Length, at);
        foreach (var (id, seen) in _seen.Index().Where(pair => pair.Item is not null))
        {
            Assert.All(seen, (wasSeen, cluster) => Assert.True(wasSeen, $"stream {id} cluster {cluster}"));
        }
    }

    public int HeaderSize { get; private set; }

    public byte[] Uuid => _archive[8..24];

    public long Created => Big(24, 8);

    public List<(string Name, byte[] Data)> Configs { get; } = [];

    public List<(string Name, byte[] Image)> Devices { get; } = [];

    /// <summary>Stored blocks of each extent.</summary>
    public List<int> Extents { get; } = [];

    private void CheckHeader()
    {
        Assert.Equal("564D4100", Convert.ToHexString(_archive, 0, 4));
        Assert.Equal(1, Big(4, 4));
        var (blobsAt, blobsSize) = (Big(48, 4), Big(52, 4));
        HeaderSize = (int)Big(56, 4);
        Assert.Equal(12288, blobsAt);
        Assert.Equal((12288 + blobsSize + 511) / 512 * 512, HeaderSize);
        Assert.True(HeaderSize <= 512 * 1024);
        CheckSum(0, HeaderSize, 32);
        AllZero(60, 1984);
        AllZero(4092, 4);
        AllZero(12288, 1);

        // Blobs lie one behind the other, in the order of their owners.
        var next = 1L;
        for (var i = 0; i < 256; i++)
        {
            var (name, data) = (Big(2044 + (4 * i), 4), Big(3068 + (4 * i), 4));
            if (name == 0 && data == 0)
            {
                Assert.Equal(Configs.Count, Math.Min(i, Configs.Count));
                continue;
            }

            Assert.Equal(i, Configs.Count);
            Configs.Add((Name(Blob(name, ref next)), Blob(data, ref next)));
        }

        for (var id = 0; id < 256; id++)
        {
            var entry = 4096 + (32 * id);
            var (name, size) = (Big(entry, 4), Big(entry + 8, 8));
            AllZero(entry + 4, 4);
            AllZero(entry + 16, 16);
            if (name == 0 && size == 0)
            {
                continue;
            }

            Assert.Equal(Devices.Count + 1, id);
            Assert.InRange(id, 1, 254);
            Assert.True(size > 0 && size % 512 == 0);
            Devices.Add((Name(Blob(name, ref next)), new byte[size]));
            _seen[id] = new bool[(size + 65535) / 65536];
        }

        Assert.Equal(blobsSize, next);
        AllZero(12288 + (int)next, HeaderSize - 12288 - (int)next);
    }

    private int CheckExtent(int at)
    {
        Assert.True(at + 512 <= _archive.Length);
        Assert.Equal("VMAE", Encoding.ASCII.GetString(_archive, at, 4));
        AllZero(at + 4, 2);
        Assert.Equal(Uuid, _archive[(at + 8)..(at + 24)]);
        CheckSum(at, 512, 24);
        var payload = at + 512;
        var used = 0;
        for (var i = 0; i < 59; i++)
        {
            var slot = at + 40 + (8 * i);
            AllZero(slot + 2, 1);
            int stream = _archive[slot + 3];
            if (stream == 0)
            {
                AllZero(slot, 8);
                continue;
            }

            used++;
            CheckCluster(stream, (int)Big(slot + 4, 4), (int)Big(slot, 2), ref payload);
        }

        var blocks = (int)Big(at + 6, 2);
        Assert.Equal(at + 512 + (blocks * 4096), payload);
        Assert.True(used > 0 || Devices.Count == 0);
        Extents.Add(blocks);
        return payload;
    }

    private void CheckCluster(int stream, int cluster, int mask, ref int payload)
    {
        Assert.InRange(stream, 1, Devices.Count);
        Assert.InRange(cluster, 0, _seen[stream].Length - 1);
        Assert.False(_seen[stream][cluster]);
        _seen[stream][cluster] = true;
        var image = Devices[stream - 1].Image;
        for (var j = 0; j < 16; j++)
        {
            if ((mask & (1 << j)) == 0)
            {
                continue;
            }

            var offset = (cluster * 65536) + (j * 4096);
            Assert.True(offset < image.Length, "A block past the end is stored.");
            var block = _archive.AsSpan(payload, 4096);
            var inside = Math.Min(4096, image.Length - offset);
            Assert.True(block.ContainsAnyExcept((byte)0), "A zero block is stored.");
            Assert.False(block[inside..].ContainsAnyExcept((byte)0), "Bytes past the end are not zero.");
            block[..inside].CopyTo(image.AsSpan(offset));
            payload += 4096;
        }
    }

    private byte[] Blob(long offset, ref long next)
    {
        Assert.Equal(next, offset);
        var at = 12288 + (int)offset;
        var length = _archive[at] | _archive[at + 1] << 8;
        next = offset + 2 + length;
        return _archive[(at + 2)..(at + 2 + length)];
    }

    private static string Name(byte[] blob)
    {
        Assert.Equal(0, blob[^1]);
        return Encoding.UTF8.GetString(blob, 0, blob.Length - 1);
    }

    private void CheckSum(int at, int length, int field)
    {
        var copy = _archive[at..(at + length)];
        var claimed = copy[field..(field + 16)];
        Array.Clear(copy, field, 16);
        Assert.Equal(OwnMd5.Of(copy), claimed);
    }

    private void AllZero(int at, int length) => Assert.False(_archive.AsSpan(at, length).ContainsAnyExcept((byte)0), $"{length} bytes at {at}");

    private long Big(int at, int bytes) => _archive.AsSpan(at, bytes).ToArray().Aggregate(0L, (value, next) => value << 8 | next);
}
