namespace VzDump.Engine.Bandwidth;

/// <summary>A cap on reading a guest's data. vzdump writes it as <c>bwlimit</c>, in KiB/s, with 0 for no cap.</summary>
public readonly record struct BandwidthLimit(long BytesPerSecond)
{
    public static BandwidthLimit None => default;

    public bool IsNone => BytesPerSecond == 0;

    public static BandwidthLimit FromKiB(long kib) => new(checked(kib * 1024));
}
