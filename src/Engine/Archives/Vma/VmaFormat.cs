namespace VzDump.Engine.Archives.Vma;

/// <summary>The fixed sizes of the format, in bytes unless the name says otherwise. Integers are big-endian, blob lengths little-endian.</summary>
internal static class VmaFormat
{
    public const int Sector = 512;
    public const int Block = 4096;
    public const int BlocksPerCluster = 16;
    public const int Cluster = Block * BlocksPerCluster;

    public const int ExtentHeader = 512;
    public const int SlotsPerExtent = 59;
    public const int LargestExtent = ExtentHeader + (SlotsPerExtent * Cluster);
    public const int BlocksPerExtent = SlotsPerExtent * BlocksPerCluster;

    /// <summary>The header without its blobs.</summary>
    public const int HeaderTables = 12288;

    // vma's own writer stops there, and its reader is known to take it.
    public const int LargestHeaderWritten = 512 * 1024;
    public const int LargestHeaderRead = 64 * 1024 * 1024;
    public const int LargestBlob = ushort.MaxValue;

    public const int MostConfigs = 256;
    public const int LastStreamId = 254;
    public const uint KnownVersion = 1;

    /// <summary>256 TiB: a cluster number has 32 bits.</summary>
    public const long LargestDevice = (1L << 32) * Cluster;

    public static ReadOnlySpan<byte> Magic => [0x56, 0x4D, 0x41, 0x00];

    public static ReadOnlySpan<byte> ExtentMagic => "VMAE"u8;

    public static class Header
    {
        public const int Version = 4, Uuid = 8, Created = 24, Checksum = 32, BlobOffset = 48, BlobSize = 52, Size = 56;
        public const int ConfigNames = 2044, ConfigData = 3068, Devices = 4096;
        public const int DeviceEntry = 32, DeviceEntries = 256, DeviceSize = 8;
    }

    public static class Extent
    {
        public const int Reserved = 4, BlockCount = 6, Uuid = 8, Checksum = 24, Slots = 40, Slot = 8;
    }

    public const int ChecksumSize = 16;
    public const int UuidSize = 16;

    public static long RoundUp(long value, int unit) => (value + unit - 1) / unit * unit;
}
