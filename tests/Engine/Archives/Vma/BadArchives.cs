using System.Text;
using static VzDump.Tests.Engine.Archives.Vma.ArchiveForge;

namespace VzDump.Tests.Engine.Archives.Vma;

/// <summary>Archives that break one rule each, with sound checksums unless the checksum is the rule.</summary>
internal static class BadArchives
{
    public const string ScatteredName = "clusters scattered to exhaust memory";

    private const int DeviceSize = 150016;  // 2 clusters, 4 blocks and 5 sectors

    private static readonly byte[] One = Noise(1, DeviceSize), Two = Noise(2, 2 * 65536);

    // With drives and their map lines, so that a restore reads on to what is bad.
    private const string Machine = """
        cores: 2
        scsi0: local:500/vm-500-disk-0.raw
        scsi1: local:500/vm-500-disk-1.raw
        #qmdump#map:scsi0:drive-scsi0:local:raw:
        #qmdump#map:scsi1:drive-scsi1:local:qcow2:

        """;

    private static readonly (string, byte[])[] Configs = [("qemu-server.conf", Encoding.UTF8.GetBytes(Machine)), ("qemu-server.fw", "[RULES]\n"u8.ToArray())];

    private static readonly (string, long)[] Devices = [("drive-scsi0", DeviceSize), ("drive-scsi1", Two.Length)];

    private static readonly ForgedSlot[] FirstSlots = [Slot(1, One, 0), Slot(2, Two, 0), Slot(1, One, 2)];
    private static readonly ForgedSlot[] LastSlots = [Slot(2, Two, 1), Slot(1, One, 1)];

    private static readonly byte[] SoundHeader = Header(Configs, Devices);
    private static readonly byte[] First = Extent(FirstSlots), Last = Extent(LastSlots);

    public static byte[] Sound => [.. SoundHeader, .. First, .. Last];

    public static Dictionary<string, Func<byte[]>> All { get; } = Build();

    private static Dictionary<string, Func<byte[]>> Build()
    {
        var all = new Dictionary<string, Func<byte[]>>();
        AddCuts(all);
        AddHeaders(all);
        AddBlobs(all);
        AddNames(all);
        AddExtentHeaders(all);
        AddSlots(all);
        return all;
    }

    private static void AddCuts(Dictionary<string, Func<byte[]>> all)
    {
        var (header, middle) = (SoundHeader.Length, SoundHeader.Length + First.Length);
        foreach (var length in new[] { 0, 1, 3, 4, 59, 4096, 12287, 12288, header - 1, header, header + 1, header + 511, header + 512, header + 513, header + 5000, middle - 1, middle, middle + 4, middle + 512, Sound.Length - 1 })
        {
            all[$"cut to {length}"] = () => Sound[..length];
        }

        all["a stray byte behind"] = () => [.. Sound, 0];
        all["a sector of zeros behind"] = () => [.. Sound, .. new byte[512]];
        all["an extent missing in the middle"] = () => [.. SoundHeader, .. Last];
        all["an extent twice"] = () => [.. Sound, .. Last];
        all["a second archive behind"] = () => [.. Sound, .. Sound];
        all["not an archive"] = () => Noise(3, 20000);
    }

    private static void AddHeaders(Dictionary<string, Func<byte[]>> all)
    {
        AddHeader("version 0", header => Big(header, 4, 4, 0));
        AddHeader("version 2", header => Big(header, 4, 4, 2));
        AddHeader("another magic", header => header[3] = 1);
        AddHeader("a header size of 0", header => Big(header, 56, 4, 0));
        AddHeader("a header size below the tables", header => Big(header, 56, 4, 12287));
        AddHeader("a header size just above the cap", header => Big(header, 56, 4, (64 << 20) + 512));
        AddHeader("the cap as a header size and nothing there", header => Big(header, 56, 4, 64 << 20));
        AddHeader("the largest header size there is", header => Big(header, 56, 4, 0xFFFFFFFF));
        AddHeader("a time beyond the calendar", header => Big(header, 24, 8, 1L << 40));
        AddHeader("a negative time", header => Big(header, 24, 8, -1));
        AddHeader("a blob buffer inside the tables", header => Big(header, 48, 4, 4096));
        AddHeader("a blob buffer past the header", header => Big(header, 48, 4, 13000));
        AddHeader("a blob buffer at the end of numbers", header => Big(header, 48, 4, 0xFFFFFFFF));
        AddHeader("a blob buffer too long", header => Big(header, 52, 4, 2000));
        AddHeader("a blob buffer whose end overflows", header => Big(header, 52, 4, 0xFFFFFFFF - 12287));
        AddHeader("no blob buffer but names", header => Big(header, 52, 4, 0));
        AddHeader("a device with stream id 0", header => header.AsSpan(4096 + 32, 32).CopyTo(header.AsSpan(4096)));
        AddHeader("a device with stream id 255", header => header.AsSpan(4096 + 32, 32).CopyTo(header.AsSpan(4096 + (255 * 32))));
        AddHeader("a device of size 0", header => Big(header, 4096 + 32 + 8, 8, 0));
        AddHeader("a device past what cluster numbers reach", header => Big(header, 4096 + 32 + 8, 8, (1L << 48) + 512));
        AddHeader("a device of the largest size there is", header => Big(header, 4096 + 32 + 8, 8, -1));
        AddHeader("a device of the largest signed size", header => Big(header, 4096 + 32 + 8, 8, long.MaxValue));
        AddHeader("a third device that has no data", header =>
        {
            header.AsSpan(4096 + 32 + 8, 8).CopyTo(header.AsSpan(4096 + 96 + 8));
            header.AsSpan(2044, 4).CopyTo(header.AsSpan(4096 + 96));  // under the first config's name
        });
        AddHeader("an unused device without a name", header => Big(header, 4096 + 96 + 8, 8, 512));
        AddHeader("an unused device without a size", header => header.AsSpan(2044, 4).CopyTo(header.AsSpan(4096 + 96)));
        all["a wrong checksum of the header"] = () => Flipped(32);
        all["a flipped bit in the tables"] = () => Flipped(3000);
        all["a flipped bit in the last byte of the header"] = () => Flipped(SoundHeader.Length - 1);

        void AddHeader(string what, Action<byte[]> spoil) => all[what] = () => [.. Header(Configs, Devices, spoil), .. First, .. Last];
    }

    private static void AddBlobs(Dictionary<string, Func<byte[]>> all)
    {
        // The first blob is the first config's name, at offset 1: its length takes 2 bytes.
        Add("a config with a name and no data", header => Big(header, 3068, 4, 0));
        Add("a config with data and no name", header => Big(header, 2044, 4, 0));
        Add("a config in the last entry with half its pointers", header => Big(header, 2044 + 1020, 4, 1));
        Add("a config whose name lies outside", header => Big(header, 2044, 4, 5000));
        Add("a config whose data lies outside", header => Big(header, 3068, 4, 0xFFFFFFFF));
        Add("a config whose data begins on the last byte", header => Big(header, 3068, 4, Big32(header, 52) - 1));
        Add("a device without a name", header => Big(header, 4096 + 32, 4, 0));
        Add("a device whose name lies outside", header => Big(header, 4096 + 32, 4, 0x7FFFFFFF));
        Add("a blob longer than the buffer", header => (header[12289], header[12290]) = (0xFF, 0xFF));
        Add("a blob one byte longer than the buffer", header =>
        {
            var last = 12288 + (int)Big32(header, 4096 + 64);
            header[last]++;
        });
        Add("an unterminated name", header => header[12291 + 16] = (byte)'x');
        Add("a name of no bytes at all", header => (header[12289], header[12290]) = (0, 0));

        void Add(string what, Action<byte[]> spoil) => all[what] = () => [.. Header(Configs, Devices, spoil), .. First, .. Last];
    }

    private static void AddNames(Dictionary<string, Func<byte[]>> all)
    {
        foreach (var name in new[] { "", ".", "..", "/", "../x", "a/b", "/etc/passwd", "a\0b", "a\nb", "\u001b[2J", new string('x', 256), new string('ä', 128) })
        {
            var shown = name.Length > 20 ? $"{name[..4]} times {name.Length}" : name.Replace('\0', '0').Replace('\n', 'n').Replace('\u001b', 'e');
            all[$"a config called '{shown}'"] = () => [.. Header([(name, [1])], Devices), .. First, .. Last];
            all[$"a device called '{shown}'"] = () => [.. Header(Configs, [(name, DeviceSize), Devices[1]]), .. First, .. Last];
        }

        all["two configs of one name"] = () => [.. Header([Configs[0], Configs[0]], Devices), .. First, .. Last];
        all["two devices of one name"] = () => [.. Header(Configs, [Devices[0], (Devices[0].Item1, Two.Length)]), .. First, .. Last];
        all["a name that is not UTF-8"] = () => [.. Header(Configs, Devices, header => header[12291] = 0xFF), .. First, .. Last];
    }

    private static void AddExtentHeaders(Dictionary<string, Func<byte[]>> all)
    {
        Add("an extent of another archive", header => header[8] ^= 1);
        Add("an extent without its magic", header => header[0] = 0);
        Add("an extent with its reserved field set", header => header[5] = 1);
        Add("an extent of one block more", header => Big(header, 6, 2, Big16(header, 6) + 1));
        Add("an extent of one block less", header => Big(header, 6, 2, Big16(header, 6) - 1));
        Add("an extent of no blocks but bits", header => Big(header, 6, 2, 0));
        Add("an extent of 945 blocks", header => Big(header, 6, 2, 945));
        Add("an extent of 65535 blocks", header => Big(header, 6, 2, 65535));
        all["a last extent with a block that no bit stands for"] = () =>
            [.. SoundHeader, .. First, .. Extent(LastSlots, header => Big(header, 6, 2, Big16(header, 6) + 1)), .. new byte[4096]];
        all["a last extent without the block of its last bit"] = () =>
            [.. SoundHeader, .. First, .. Extent(LastSlots, header => Big(header, 6, 2, Big16(header, 6) - 1))[..^4096]];
        all["a wrong checksum of an extent"] = () => Flipped(SoundHeader.Length + 24);
        all["a flipped bit in a slot"] = () => Flipped(SoundHeader.Length + 41);
        all["a flipped bit in an empty slot"] = () => Flipped(SoundHeader.Length + 511);
        all["a wrong checksum of the last extent"] = () => Flipped(SoundHeader.Length + First.Length + 39);

        void Add(string what, Action<byte[]> spoil) => all[what] = () => [.. SoundHeader, .. Extent(FirstSlots, spoil), .. Last];
    }

    private static void AddSlots(Dictionary<string, Func<byte[]>> all)
    {
        Add("an unknown stream", [.. LastSlots, new(3, 0, 0, [])]);
        Add("the stream 255", [.. LastSlots, new(255, 0, 0, [])]);
        Add("a cluster twice in an extent", [.. LastSlots, LastSlots[0]]);
        Add("a cluster twice over extents", [.. LastSlots, FirstSlots[0]]);
        Add("a zero cluster twice", [.. LastSlots, new(2, 1, 0, [])]);
        Add("a missing cluster", LastSlots[..1]);
        Add("a missing cluster at the end of a device", LastSlots[1..]);
        Add("an empty cluster past the end", [.. LastSlots, new(1, 3, 0, [])]);
        Add("a stored cluster past the end", [.. LastSlots, new(2, 2, 1, new byte[4096])]);
        Add("the last cluster number there is", [.. LastSlots, new(1, uint.MaxValue, 0, [])]);
        Add("the last cluster number stored", [.. LastSlots, new(1, uint.MaxValue, 0xFFFF, new byte[65536])]);
        Add("an empty slot with a mask", [.. LastSlots, new(0, 0, 1, new byte[4096])]);
        all["a slot with its reserved byte set"] = () => [.. SoundHeader, .. First, .. Extent(LastSlots, header => header[42] = 1)];
        all["a stored block just past the end"] = () =>
            [.. SoundHeader, .. Extent([FirstSlots[0], FirstSlots[1], new(1, 2, 0x3F, new byte[6 * 4096])]), .. Last];
        all["a stored block far past the end"] = () =>
            [.. SoundHeader, .. Extent([FirstSlots[0], FirstSlots[1], new(1, 2, 0x8001, new byte[2 * 4096])]), .. Last];
        all["a memory state out of order"] = () => State(1, 0);
        all["a memory state that begins late"] = () => State(1);
        all["a memory state with a cluster twice"] = () => State(0, 0);
        all[ScatteredName] = Scattered;

        void Add(string what, ForgedSlot[] slots) => all[what] = () => [.. SoundHeader, .. First, .. Extent(slots)];
    }

    private static byte[] State(params uint[] clusters) =>
        [.. Header([], [("vmstate", 10 * 65536)]), .. Extent([.. clusters.Select(cluster => new ForgedSlot(1, cluster, 1, new byte[4096]))])];

    // One cluster in each of 1024, over more than 64 TiB: a bit set for each must not cost a page for each.
    private static byte[] Scattered()
    {
        var archive = new MemoryStream();
        archive.Write(Header([], [("a", 1L << 48)]));
        foreach (var chunk in Enumerable.Range(0, (1 << 20) + 100).Select(i => new ForgedSlot(1, ((uint)i * 1024) + 1, 0, [])).Chunk(59))
        {
            archive.Write(Extent(chunk));
        }

        return archive.ToArray();
    }

    private static byte[] Flipped(int at)
    {
        var archive = Sound;
        archive[at] ^= 1;
        return archive;
    }

    private static byte[] Noise(int seed, int size)
    {
        var noise = new byte[size];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static long Big32(byte[] from, int at) => (long)from[at] << 24 | (long)from[at + 1] << 16 | (long)from[at + 2] << 8 | from[at + 3];

    private static int Big16(byte[] from, int at) => from[at] << 8 | from[at + 1];
}
