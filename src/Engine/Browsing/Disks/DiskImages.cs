using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using VzDump.Engine.Archives;
using VzDump.Engine.Archives.Vma;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>
/// The disks of machines' archives. In an archive their blocks lie in any order, so a disk that is to be looked into is unpacked to a sparse file in the data
/// folder first; it goes when nobody has used it for a while, and at the program's start.
/// </summary>
public sealed partial class DiskImages(NodePaths paths, Decompressor decompressor, ArchiveReadings readings, TimeProvider time)
{
    private const string DevicePrefix = "drive-", Ending = ".raw", Half = ".new";

    /// <summary>What unpacking a disk leaves free in the data folder's file system, in bytes.</summary>
    public long LeavesFreeBytes { get; init; } = 1L << 30;

    /// <summary>What is free where disks are unpacked to.</summary>
    public long FreeBytes => new DriveInfo(paths.DataFolder).AvailableFreeSpace;

    internal string Folder => Path.Combine(paths.DataFolder, "archive-disks");

    /// <summary>Reads the archive's beginning only.</summary>
    /// <exception cref="ProblemException">It is gone, damaged, or no machine's.</exception>
    public async Task<IReadOnlyList<ArchivedDisk>> ListAsync(string archivePath, CancellationToken cancellation)
    {
        _ = Stamp(archivePath);
        await using var input = decompressor.Open(archivePath);
        return [.. (await ReadHeaderAsync(input, archivePath, cancellation)).Header.Devices.Where(IsDisk).Select(device => new ArchivedDisk(NameOf(device), device.Size, Find(archivePath, NameOf(device))))];
    }

    /// <summary>Null until it was unpacked. Whoever asks keeps it from being removed for a while.</summary>
    /// <exception cref="ProblemException">The archive is gone, or no machine's.</exception>
    public DiskImage? Find(string archivePath, string disk)
    {
        if (!Directory.Exists(Folder) || new DirectoryInfo(Folder).EnumerateFiles($"{Key(archivePath, disk)}-*{Ending}").FirstOrDefault() is not { } file)
        {
            return null;
        }

        File.SetLastAccessTimeUtc(file.FullName, time.GetUtcNow().UtcDateTime);
        return DiskImage.Of(file);
    }

    /// <summary>Begins to unpack a disk, or joins who does already. Ends at once when that was done.</summary>
    /// <param name="again">Whether to begin anew though it failed just now.</param>
    /// <exception cref="ProblemException">The archive is gone, or no machine's.</exception>
    public ArchiveReading Unpack(string archivePath, string disk, bool again = false)
    {
        var key = Key(archivePath, disk);
        return readings.Begin($"disk {key}", again, reading => UnpackAsync(archivePath, disk, key, reading));
    }

    /// <summary>Removes those that nobody has used for so long; what still reads one goes on reading it.</summary>
    public void Remove(TimeSpan unusedFor)
    {
        var limit = time.GetUtcNow().UtcDateTime - unusedFor;
        Remove(file => file.Extension == Ending && file.LastAccessTimeUtc <= limit);
    }

    /// <summary>Removes all, halves that a killed program left, too. For the program's start only.</summary>
    public void RemoveAll() => Remove(_ => true);

    // Nothing but what bears a name of ours: nobody's own image is lost that somebody put there.
    private void Remove(Predicate<FileInfo> isWanted)
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }

        foreach (var file in new DirectoryInfo(Folder).EnumerateFiles().Where(file => OwnName().IsMatch(file.Name) && isWanted(file)))
        {
            file.Delete();
        }
    }

    private async Task UnpackAsync(string archivePath, string disk, string key, ArchiveReading reading)
    {
        if (Find(archivePath, disk) is not null)
        {
            return;
        }

        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var half = Path.Combine(Folder, key + Half);
        try
        {
            File.Delete(half);
            await using var input = decompressor.Open(archivePath);
            var reader = await ReadHeaderAsync(input, archivePath, reading.Cancelled);
            var device = reader.Header.Devices.FirstOrDefault(device => IsDisk(device) && NameOf(device) == disk) ?? throw new ProblemException($"There is no disk '{disk}' in '{Path.GetFileName(archivePath)}'.");
            long used;
            using (var target = new BoundedTarget(VmaFileTarget.Create(half, device.Size), Folder, LeavesFreeBytes))
            {
                await reader.ExtractAsync(each => each.StreamId == device.StreamId ? target : null, new Steps(() => reading.Progress = new ReadProgress(input.Position, input.Length)), reading.Cancelled);
                await input.FinishAsync(reading.Cancelled);
                used = target.WrittenBytes;
            }

            File.Move(half, Path.Combine(Folder, $"{key}-{used}{Ending}"));
        }
        catch (Exception error) when (error is VmaFormatException or EndOfStreamException or IOException)
        {
            throw new ProblemException($"The disk '{disk}' cannot be taken out of the archive: {error.Message}", error);
        }
        finally
        {
            File.Delete(half);
        }
    }

    private static async Task<VmaReader> ReadHeaderAsync(DecompressedInput input, string archivePath, CancellationToken cancellation)
    {
        try
        {
            return await VmaReader.OpenAsync(input.Output, cancellation);
        }
        catch (Exception error) when (error is VmaFormatException or EndOfStreamException or IOException)
        {
            throw new ProblemException($"The archive '{Path.GetFileName(archivePath)}' cannot be read: {error.Message}", error);
        }
    }

    // Of one content of the archive: another one of the same name is another disk.
    private static string Key(string archivePath, string disk)
    {
        var stamp = Stamp(archivePath);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{archivePath}\n{disk}\n{stamp.Length}\n{stamp.Modified}")))[..32];
    }

    private static ArchiveStamp Stamp(string archivePath) =>
        ArchiveName.IsArchive(Path.GetFileName(archivePath)) && ArchiveName.KindOf(Path.GetFileName(archivePath)) is GuestKind.Qemu
            ? ArchiveStamp.Of(archivePath)
            : throw new ProblemException($"'{Path.GetFileName(archivePath)}' is no archive of a virtual machine.");

    private static bool IsDisk(VmaDevice device) => !device.IsVmState;

    private static string NameOf(VmaDevice device) => device.Name.StartsWith(DevicePrefix, StringComparison.Ordinal) ? device.Name[DevicePrefix.Length..] : device.Name;

    // e.g. 0123456789abcdef0123456789abcdef-4194304.raw, or .new before it is whole
    [GeneratedRegex(@"\A[0-9a-f]{32}(-[0-9]{1,19}\.raw|\.new)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OwnName();

    // At once and not later, as Progress<T> would: only the newest figure counts.
    private sealed class Steps(Action step) : IProgress<long>
    {
        public void Report(long value) => step();
    }
}
