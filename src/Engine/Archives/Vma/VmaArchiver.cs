using System.Globalization;
using System.Text;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives.Vma;

/// <summary>Writes a virtual machine's disks as a VMA archive.</summary>
public sealed class VmaArchiver(TimeProvider time)
{
    /// <param name="readBytes">Told how far the disks have been read, holes included.</param>
    /// <exception cref="VmaFormatException">The format cannot hold this machine.</exception>
    public async Task WriteAsync(GuestContent.Disks content, Stream destination, IProgress<long> readBytes, ITaskLog log, CancellationToken cancellation)
    {
        // Streams are registered in the order of their keys; a restore matches them to the map lines by name.
        var drives = content.Drives.OrderBy(drive => drive.Key, StringComparer.Ordinal).ToList();
        var configs = new List<VmaConfig> { new("qemu-server.conf", Encoding.UTF8.GetBytes(content.Config + MapLines(drives))) };
        if (content.Firewall is { } firewall)
        {
            configs.Add(new VmaConfig("qemu-server.fw", Encoding.UTF8.GetBytes(firewall)));
        }

        var summary = await VmaWriter.WriteAsync(
            destination,
            new VmaContent
            {
                Uuid = Guid.NewGuid(),
                Created = time.GetUtcNow(),
                Configs = configs,
                Streams = [.. drives.Select(drive => new VmaStream(DeviceName(drive), drive.Disk))],
            },
            readBytes,
            cancellation);
        log.Info(string.Create(CultureInfo.InvariantCulture, $"transferred {summary.DeviceBytes} bytes of {drives.Count} disk{(drives.Count == 1 ? "" : "s")}"));
        if (summary.ZeroBytes > 0)
        {
            log.Info(string.Create(CultureInfo.InvariantCulture, $"backup is sparse: {summary.ZeroBytes} bytes ({100.0 * summary.ZeroBytes / summary.DeviceBytes:0}%) are zero and not stored"));
        }
    }

    private static string DeviceName(GuestDisk drive) => $"drive-{drive.Key}";

    // e.g. #qmdump#map:scsi0:drive-scsi0:local:raw:
    private static string MapLines(IEnumerable<GuestDisk> drives) =>
        string.Concat(drives.Select(drive => $"#qmdump#map:{drive.Key}:{DeviceName(drive)}:{drive.Storage}:{drive.Format}:\n"));
}
