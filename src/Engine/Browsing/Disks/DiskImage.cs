using System.Globalization;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>A disk in a machine's archive.</summary>
/// <param name="Name">e.g. <c>scsi0</c>.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Image">Null until it was unpacked.</param>
public sealed record ArchivedDisk(string Name, long Size, DiskImage? Image);

/// <summary>A disk that was taken out of its archive, as a sparse file of this program's.</summary>
/// <param name="UsedBytes">Without what reads as zeros.</param>
public sealed record DiskImage(string Path, long Size, long UsedBytes)
{
    internal static DiskImage Of(FileInfo file) =>
        new(file.FullName, file.Length, long.Parse(System.IO.Path.GetFileNameWithoutExtension(file.Name).Split('-')[^1], CultureInfo.InvariantCulture));
}
