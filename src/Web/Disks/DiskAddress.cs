using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;

namespace VzDump.Web.Disks;

/// <summary>Addresses of what is on disks of archives.</summary>
internal static class DiskAddress
{
    /// <summary>Of all disks of an archive.</summary>
    public static string Page(ArchiveId archive) => $"/archives/disks?archive={Uri.EscapeDataString(archive.ToString())}";

    public static string Page(ArchiveId archive, string disk) => Of("/archives/disk", archive, disk);

    public static string Folder(ArchiveId archive, string disk, string volume, MemberPath folder) => Of("/archives/disk", archive, disk, volume, folder);

    public static string File(ArchiveId archive, string disk, string volume, MemberPath file) => Of("/archives/disk/file", archive, disk, volume, file);

    /// <summary>Of a folder as <c>tar.zst</c>.</summary>
    public static string Tar(ArchiveId archive, string disk, string volume, MemberPath folder) => Of("/archives/disk/folder", archive, disk, volume, folder);

    /// <param name="format">raw or raw.zst.</param>
    public static string Image(ArchiveId archive, string disk, string format) => $"{Of("/archives/disk/image", archive, disk)}&format={format}";

    private static string Of(string page, ArchiveId archive, string disk) => $"{page}?archive={Uri.EscapeDataString(archive.ToString())}&disk={Uri.EscapeDataString(disk)}";

    private static string Of(string page, ArchiveId archive, string disk, string volume, MemberPath path) => $"{Of(page, archive, disk)}&volume={Uri.EscapeDataString(volume)}&path={Uri.EscapeDataString(path.ToString())}";
}
