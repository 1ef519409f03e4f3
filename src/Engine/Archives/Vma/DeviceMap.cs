using System.Numerics;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Places the clusters of an archive on its devices, and knows at the end what was missing.</summary>
internal sealed class DeviceMap(IReadOnlyList<VmaDevice> devices)
{
    // 64 TiB of clusters out of order, in some 250 MB of memory. Only an archive made to exhaust memory reaches it.
    private const int MostPages = 1 << 20;

    private readonly Dictionary<int, (VmaDevice Device, ClusterLedger Seen)> _devices =
        devices.ToDictionary(device => device.StreamId, device => (device, new ClusterLedger(device)));

    private long _nextOfState;

    /// <summary>In bytes of all devices.</summary>
    public long Done { get; private set; }

    /// <summary>In bytes of all devices.</summary>
    public long Stored { get; private set; }

    /// <summary>Checks an extent's slots and lists its data as runs; adjacent blocks make one run.</summary>
    public void Place(ExtentFrame extent)
    {
        var at = ExtentHeader;
        for (var i = 0; i < SlotsPerExtent; i++)
        {
            var slot = extent.Slot(i);
            if (!slot.IsPlain || (slot.Stream == 0 && slot.Mask != 0))
            {
                throw new VmaFormatException("An extent of the archive has a slot of unknown meaning.");
            }

            if (slot.Stream != 0)
            {
                PlaceCluster(slot, extent, ref at);
            }
        }

        if (at != extent.Length)
        {
            throw new VmaFormatException($"An extent of the archive lists {(at - ExtentHeader) / Block} blocks and holds {extent.BlockCount}.");
        }

        if (_devices.Values.Sum(device => device.Seen.Pages) > MostPages)
        {
            throw new VmaFormatException("The archive's clusters are scattered beyond all measure.");
        }

        extent.Done = Done;
    }

    public void CheckComplete()
    {
        foreach (var (device, seen) in _devices.Values)
        {
            if (!device.IsVmState && seen.FirstMissing is { } missing)
            {
                throw new VmaFormatException($"The archive is incomplete: cluster {missing} of {seen.Clusters} of {device.Name} is missing.");
            }
        }
    }

    private void PlaceCluster(ExtentSlot slot, ExtentFrame extent, ref int at)
    {
        if (!_devices.TryGetValue(slot.Stream, out var known))
        {
            throw new VmaFormatException($"The archive holds data of stream {slot.Stream}, which its header does not list.");
        }

        var device = known.Device;
        var start = (long)slot.Cluster * Cluster;
        var end = device.IsVmState ? long.MaxValue : device.Size;
        if (device.IsVmState ? slot.Cluster != _nextOfState++ : slot.Cluster < known.Seen.Clusters && !known.Seen.TryAdd(slot.Cluster))
        {
            throw new VmaFormatException(device.IsVmState
                ? $"Cluster {slot.Cluster} of {device.Name} is out of order."
                : $"Cluster {slot.Cluster} of {device.Name} appears twice.");
        }

        var last = BitOperations.Log2(slot.Mask);  // 0 for an empty mask, where the cluster itself must lie on the device
        if (start + ((long)last * Block) >= end)
        {
            throw new VmaFormatException($"Cluster {slot.Cluster} of {device.Name} lies past the device's end at byte {device.Size}.");
        }

        Done += Math.Clamp(device.Size - start, 0, Cluster);
        for (int mask = slot.Mask; mask != 0; mask &= mask - 1)
        {
            var offset = start + ((long)BitOperations.TrailingZeroCount(mask) * Block);
            AddBlock(extent.Runs, new DataRun(slot.Stream, offset, at, (int)Math.Min(Block, end - offset)));
            at += Block;
        }
    }

    // A block that straddles the device's end is cut there, and nothing of the device follows it.
    private void AddBlock(List<DataRun> runs, DataRun block)
    {
        Stored += block.Length;
        if (runs.Count > 0 && runs[^1] is var last && last.IsFollowedBy(block.Stream, block.Offset))
        {
            runs[^1] = last with { Length = last.Length + block.Length };
        }
        else
        {
            runs.Add(block);
        }
    }
}
