using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.Disks;
using VzDump.Jobs.Audit;
using VzDump.Web.Archives;
using VzDump.Web.Browsing;
using VzDump.Web.SignIn;

namespace VzDump.Web.Disks;

/// <summary>Disks in machines' archives for pages and endpoints. Who sees the guest sees which there are; who may restore it sees what is in them.</summary>
public sealed class DiskDesk(ArchiveDesk archives, DiskImages images, DiskFiles files, AuditTrail audit)
{
    /// <summary>Null when there is no such archive for him.</summary>
    /// <exception cref="ProblemException">Its storage or it cannot be read, or it has no disks.</exception>
    public async Task<MachineArchive?> FindAsync(Rights rights, ArchiveId id, CancellationToken cancellation) =>
        await archives.FindAsync(rights, id, cancellation) is { } archive ? new MachineArchive(archive, await images.ListAsync(archive.Path, cancellation), images.FreeBytes) : null;

    /// <summary>Begins to unpack a disk, or joins who does.</summary>
    /// <param name="again">Whether to begin anew though it failed just now.</param>
    /// <exception cref="ProblemException">It is not his.</exception>
    public async Task<ArchiveReading> UnpackAsync(Rights rights, ArchiveId id, string disk, bool again, CancellationToken cancellation)
    {
        var archive = await NeedAsync(rights, id, cancellation);
        await audit.AddAsync(rights.Who, "disk unpacked", id.ToString(), disk, CancellationToken.None);
        return images.Unpack(archive.Path, disk, again);
    }

    /// <summary>File systems and the like on a disk that was unpacked.</summary>
    /// <exception cref="ProblemException">It is not his, not unpacked, or cannot be read.</exception>
    public async Task<IReadOnlyList<DiskVolume>> ListVolumesAsync(Rights rights, ArchiveId id, string disk, CancellationToken cancellation) =>
        await files.ListVolumesAsync(await NeedImageAsync(rights, id, disk, cancellation), cancellation);

    /// <summary>What is in a folder; of a text to find, what bears it in its name below the folder. Null when there is no such folder.</summary>
    /// <exception cref="ProblemException">It is not his, not unpacked, or cannot be read.</exception>
    public async Task<IReadOnlyList<TreeEntry>?> ListAsync(Rights rights, DiskPlace place, string? find, CancellationToken cancellation) =>
        await files.ListAsync(await NeedImageAsync(rights, place.Archive, place.Disk, cancellation), place.Volume, place.Path, find, cancellation);

    /// <summary>The beginning of a text file.</summary>
    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public async Task<FilePreview> PreviewAsync(Rights rights, DiskPlace place, CancellationToken cancellation)
    {
        await using var file = await OpenAsync(rights, place, "file looked at", cancellation);
        var head = new byte[BrowseDesk.PreviewBytes];
        var count = await file.Content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation);
        return FilePreview.Of(head.AsSpan(0, count), file.Entry.Size);
    }

    /// <summary>Opens a file that is about to be downloaded.</summary>
    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public Task<DiskFile> DownloadAsync(Rights rights, DiskPlace place, CancellationToken cancellation) => OpenAsync(rights, place, "file downloaded", cancellation);

    /// <summary>Chooses a folder that is about to be downloaded.</summary>
    /// <returns>What writes it, as <c>tar.zst</c>.</returns>
    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public async Task<Func<Stream, CancellationToken, Task>> DownloadFolderAsync(Rights rights, DiskPlace place, CancellationToken cancellation)
    {
        var image = await NeedImageAsync(rights, place.Archive, place.Disk, cancellation);
        await files.NeedFolderAsync(image, place.Volume, place.Path, cancellation);
        await audit.AddAsync(rights.Who, "folder downloaded", place.Archive.ToString(), place.ToString(), CancellationToken.None);
        return (stream, stop) => files.WriteZstdAsync(image, place.Volume, place.Path, stream, stop);
    }

    /// <summary>The image of a disk that is about to be downloaded.</summary>
    /// <exception cref="ProblemException">It is not his, or not unpacked.</exception>
    public async Task<DiskImage> DownloadImageAsync(Rights rights, ArchiveId id, string disk, CancellationToken cancellation)
    {
        var image = await NeedImageAsync(rights, id, disk, cancellation);
        await audit.AddAsync(rights.Who, "disk downloaded", id.ToString(), disk, CancellationToken.None);
        return image;
    }

    /// <summary>Writes a disk's image, compressed by zstd.</summary>
    public Task WriteZstdAsync(DiskImage image, Stream destination, CancellationToken cancellation) => files.WriteZstdAsync(image, destination, cancellation);

    private async Task<DiskFile> OpenAsync(Rights rights, DiskPlace place, string act, CancellationToken cancellation)
    {
        var file = await files.OpenAsync(await NeedImageAsync(rights, place.Archive, place.Disk, cancellation), place.Volume, place.Path, cancellation);
        await audit.AddAsync(rights.Who, act, place.Archive.ToString(), place.ToString(), CancellationToken.None);
        return file;
    }

    private async Task<DiskImage> NeedImageAsync(Rights rights, ArchiveId id, string disk, CancellationToken cancellation) =>
        images.Find((await NeedAsync(rights, id, cancellation)).Path, disk) ?? throw new ProblemException($"The disk '{disk}' is not unpacked, or not any more. Unpack it first.");

    private async Task<Archive> NeedAsync(Rights rights, ArchiveId id, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        return await archives.FindAsync(rights, id, cancellation) ?? throw new ProblemException($"There is no archive '{id.Name}' on the storage '{id.Storage}'.");
    }
}

/// <param name="FreeBytes">Where disks are unpacked to.</param>
public sealed record MachineArchive(Archive Archive, IReadOnlyList<ArchivedDisk> Disks, long FreeBytes);

/// <summary>A file or folder on a disk of an archive.</summary>
/// <param name="Disk">e.g. <c>scsi0</c>.</param>
/// <param name="Volume">e.g. <c>/dev/sda1</c>.</param>
public sealed record DiskPlace(ArchiveId Archive, string Disk, string Volume, MemberPath Path)
{
    public override string ToString() => $"{Disk} {Volume} /{Path}";
}
