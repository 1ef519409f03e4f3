using VzDump.Engine.Host;
using VzDump.Engine.Host.Nbd;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>
/// A running machine's disk as it was at the cut. When an old block could not be saved the overlay shows what is there now, and nothing tells: so
/// after each answer the probe is read, which fails from then on.
/// </summary>
internal sealed class FleecedDisk(string key, NbdDisk overlay, NbdClient probe) : IDisk
{
    private readonly byte[] _probed = new byte[Math.Min(4096, probe.Size)];

    public long Length => overlay.Length;

    public async ValueTask<DiskExtent> ExtentAtAsync(long offset, CancellationToken cancellation)
    {
        var extent = await overlay.ExtentAtAsync(offset, cancellation);
        await CheckAsync(cancellation);
        return extent;
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        await overlay.ReadAsync(offset, buffer, cancellation);
        await CheckAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await overlay.DisposeAsync();
        await probe.DisposeAsync();
    }

    private async Task CheckAsync(CancellationToken cancellation)
    {
        try
        {
            await probe.ReadAsync(0, _probed, cancellation);
        }
        catch (IOException error)
        {
            throw new ProblemException(
                $"The point-in-time copy of the disk {key} broke, because what the guest overwrote could no longer be kept. Is the place of the fleecing image full? The guest goes on undisturbed. ({error.Message})", error);
        }
    }
}
