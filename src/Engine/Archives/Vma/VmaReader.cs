using System.Buffers;

namespace VzDump.Engine.Archives.Vma;

/// <summary>
/// Reads an archive front to back from a stream that needs no seeking, and trusts nothing in it. The format has no checksum over
/// the data itself; whether data is as it was written only a digest of the whole file can tell.
/// </summary>
public sealed class VmaReader
{
    private readonly Stream _source;
    private long _position;
    private bool _isUsed;

    private VmaReader(Stream source, VmaHeader header)
    {
        (_source, Header) = (source, header);
        _position = header.Length;
    }

    /// <summary>Who only wants the configs needs to read no further.</summary>
    public VmaHeader Header { get; }

    /// <summary>Reads the header; the source stays the caller's to close.</summary>
    /// <exception cref="VmaFormatException">It is not a VMA archive, or a damaged one.</exception>
    public static async Task<VmaReader> OpenAsync(Stream source, CancellationToken cancellation) =>
        new(source, await HeaderIntake.ReadAsync(source, cancellation));

    /// <summary>Reads to the archive's end and checks that it is whole.</summary>
    public Task<VmaSummary> VerifyAsync(IProgress<long>? done, CancellationToken cancellation) => ExtractAsync(_ => null, done, cancellation);

    /// <summary>Reads to the archive's end, once, checks that it is whole, and writes the devices to their targets.</summary>
    /// <param name="target">Asked once for every device; null leaves the device out, though it is checked all the same.</param>
    /// <param name="done">Told how many bytes of all devices are done, zeros included.</param>
    /// <param name="cancellation">Leaves the targets unfinished.</param>
    /// <exception cref="VmaFormatException">The archive is damaged or incomplete; the targets may hold a part of it.</exception>
    public async Task<VmaSummary> ExtractAsync(Func<VmaDevice, IVmaTarget?> target, IProgress<long>? done, CancellationToken cancellation)
    {
        if (_isUsed)
        {
            throw new InvalidOperationException("The archive has been read already.");
        }

        _isUsed = true;
        var targets = Header.Devices.ToDictionary(device => device.StreamId, target);
        var map = new DeviceMap(Header.Devices);
        var uuid = Header.Uuid.ToByteArray(bigEndian: true);
        var buffers = Enumerable.Range(0, BufferRelay.Depth).Select(_ => ArrayPool<byte>.Shared.Rent(VmaFormat.LargestExtent)).ToList();
        try
        {
            await BufferRelay.RunAsync(buffers.Select(buffer => new ExtentFrame(buffer, uuid)), FillAsync, DrainAsync, cancellation);
        }
        finally
        {
            buffers.ForEach(buffer => ArrayPool<byte>.Shared.Return(buffer));
        }

        map.CheckComplete();
        var total = Header.Devices.Sum(device => device.Size);
        return new VmaSummary(total, Math.Max(0, total - map.Stored), _position);

        async ValueTask<Task?> FillAsync(ExtentFrame extent, CancellationToken stop)
        {
            if (!await extent.ReadAsync(_source, _position, stop))
            {
                return null;
            }

            map.Place(extent);
            _position += extent.Length;
            return Task.CompletedTask;
        }

        async ValueTask DrainAsync(ExtentFrame extent, CancellationToken stop)
        {
            foreach (var run in extent.Runs)
            {
                if (targets[run.Stream] is { } to)
                {
                    await to.WriteAsync(run.Offset, extent.Data(run), stop);
                }
            }

            done?.Report(extent.Done);
        }
    }
}
