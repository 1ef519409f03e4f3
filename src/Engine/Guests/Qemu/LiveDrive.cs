using System.Text.Json;
using VzDump.Engine.Host.Qemu;

namespace VzDump.Engine.Guests.Qemu;

/// <summary>A disk as a running QEMU has it.</summary>
/// <param name="Device">QEMU's name of the drive, e.g. <c>drive-scsi0</c>; may be empty.</param>
/// <param name="Node">The block node that the device reads, e.g. <c>#block142</c>.</param>
/// <param name="QomPath">Where the device stands in QEMU's tree of objects.</param>
/// <param name="File">Of the image; may be QEMU's own spelling of something else.</param>
/// <param name="Size">What the guest sees, in bytes.</param>
internal sealed record LiveDrive(string Device, string Node, string QomPath, string File, long Size)
{
    /// <summary>Every disk that can be written. CD-ROMs, read-only and empty drives are not among them.</summary>
    public static async Task<IReadOnlyList<LiveDrive>> AllOfAsync(QmpClient client, CancellationToken cancellation) =>
        [.. Read(await client.DoAsync("query-block", null, cancellation))];

    /// <summary>The one that a key of the configuration means, by QEMU's names as Proxmox VE and we give them, else by its image.</summary>
    public static LiveDrive? Find(IReadOnlyList<LiveDrive> drives, string key, string? image) =>
        drives.FirstOrDefault(drive => drive.Device == $"drive-{key}" || drive.Node == $"drive-{key}" || drive.QomPath == key || drive.Names.Contains(key))
        ?? drives.FirstOrDefault(drive => image is not null && IsSameFile(drive.File, image));

    // e.g. virtio0 in /machine/peripheral/virtio0/virtio-backend
    private IEnumerable<string> Names => QomPath.Split('/').Where(part => part is not "virtio-backend").TakeLast(1);

    // e.g. [{"device": "drive-scsi0", "qdev": "scsi0", "removable": false, "inserted": {"ro": false, "node-name": "#block142",
    //        "file": "/srv/100.raw", "image": {"virtual-size": 67108864, "filename": "/srv/100.raw", "format": "raw"}}}]
    private static IEnumerable<LiveDrive> Read(JsonElement blocks)
    {
        foreach (var block in blocks.EnumerateArray())
        {
            if (block.TryGetProperty("inserted", out var inserted) && !inserted.GetProperty("ro").GetBoolean() && !block.GetProperty("removable").GetBoolean()
                && Text(block, "qdev") is { Length: > 0 } qdev && Text(inserted, "node-name") is { Length: > 0 } node)
            {
                var image = inserted.GetProperty("image");
                yield return new LiveDrive(Text(block, "device") ?? "", node, qdev, Text(image, "filename") ?? "", image.GetProperty("virtual-size").GetInt64());
            }
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static bool IsSameFile(string one, string other) => one.StartsWith('/') && Resolved(one) == Resolved(other);

    private static string Resolved(string path) => System.IO.File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
}
