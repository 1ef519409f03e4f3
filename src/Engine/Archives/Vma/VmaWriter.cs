using System.Buffers;
using static VzDump.Engine.Archives.Vma.VmaFormat;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Writes archives that the vma tool of Proxmox VE reads. Holes are never read, zero blocks never stored.</summary>
public static class VmaWriter
{
    private const int Slice = 1024 * 1024;

    /// <summary>Writes one archive, front to back; the destination stays open.</summary>
    /// <param name="destination">Needs no seeking.</param>
    /// <param name="content">The disks are archived in this order.</param>
    /// <param name="done">Told how many bytes of all disks are written, holes included: never less than before, and at the end all.</param>
    /// <param name="cancellation">Leaves the archive unfinished.</param>
    /// <exception cref="VmaFormatException">The format cannot hold the content; nothing is written.</exception>
    /// <exception cref="IOException">A disk could not be read, or the destination not written.</exception>
    public static Task<VmaSummary> WriteAsync(Stream destination, VmaContent content, IProgress<long>? done, CancellationToken cancellation) =>
        WriteAsync(destination, content, done, ArrayPool<byte>.Shared, cancellation);

    internal static async Task<VmaSummary> WriteAsync(
        Stream destination, VmaContent content, IProgress<long>? done, ArrayPool<byte> pool, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var header = HeaderEncoder.Encode(content);
        var total = content.Streams.Sum(HeaderEncoder.SizeOf);
        var (stored, written, before) = (0L, (long)header.Length, 0L);

        var packer = new DiskPacker(content.Streams);
        var uuid = content.Uuid.ToByteArray(bigEndian: true);
        var buffers = Enumerable.Range(0, BufferRelay.Depth).Select(_ => pool.Rent(LargestExtent)).ToList();
        try
        {
            await destination.WriteAsync(header, cancellation);
            await BufferRelay.RunAsync(buffers.Select(buffer => new ExtentBatch(buffer, uuid)), FillAsync, DrainAsync, cancellation);
        }
        finally
        {
            buffers.ForEach(buffer => pool.Return(buffer));
        }

        return new VmaSummary(total, total - stored, written);

        // The disks of a running machine answer from afar: while one batch is searched for zeros, the next is asked for.
        async ValueTask<Task?> FillAsync(ExtentBatch batch, CancellationToken stop) =>
            await packer.PlanAsync(batch, stop) ? Task.Run(() => batch.MakeAsync(stop), CancellationToken.None) : null;

        async ValueTask DrainAsync(ExtentBatch batch, CancellationToken stop)
        {
            // In slices, so that a slow destination shows how far it is within a batch.
            for (var at = 0; at < batch.Finished.Length;)
            {
                var slice = batch.Finished.Slice(at, Math.Min(Slice, batch.Finished.Length - at));
                await destination.WriteAsync(slice, stop);
                at += slice.Length;
                done?.Report(before + ((batch.Done - before) * at / batch.Finished.Length));
            }

            written += batch.Finished.Length;
            stored += batch.Stored;
            before = batch.Done;
        }
    }
}
