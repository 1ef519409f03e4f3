using System.Collections.Concurrent;
using VzDump.Engine.Compression;
using VzDump.Engine.Host;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>
/// The files on the disks of machines' archives. Their file systems are read by <c>guestfish</c> in a small virtual machine of its own, never by this host's
/// kernel. A reader is kept for a while, because starting it takes seconds.
/// </summary>
public sealed class DiskFiles(HostPrograms programs, Compressor compressor, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Of a folder with more entries only so many are shown.</summary>
    public const int MostListed = 20_000;

    internal const int MostFoldersKept = 8;

    // Each has half a gibibyte of memory.
    private const int MostReaders = 2;

    private readonly DiskReaders _readers = new(programs, time);
    private readonly ConcurrentDictionary<string, DiskSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>File systems and the like, in the order of the disk. The first question starts the reader.</summary>
    /// <exception cref="ProblemException">The disk cannot be read.</exception>
    public Task<IReadOnlyList<DiskVolume>> ListVolumesAsync(DiskImage image, CancellationToken cancellation) => Session(image).ListVolumesAsync(cancellation);

    /// <summary>What is in a folder; of a text to find, what bears it in its name below the folder. Null when there is no such folder.</summary>
    /// <exception cref="ProblemException">The disk cannot be read.</exception>
    public async Task<IReadOnlyList<TreeEntry>?> ListAsync(DiskImage image, string volume, MemberPath folder, string? find, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(find) ? await Session(image).ListAsync(volume, folder, cancellation) : await Session(image).FindAsync(volume, folder, find.Trim(), cancellation);

    /// <summary>Opens a file.</summary>
    /// <exception cref="ProblemException">It is none, or the disk cannot be read.</exception>
    public async Task<DiskFile> OpenAsync(DiskImage image, string volume, MemberPath path, CancellationToken cancellation)
    {
        var entry = await Session(image).FindAsync(volume, path, cancellation);
        return entry is { Kind: EntryKind.File }
            ? new DiskFile(entry, new DiskFileStream(entry.Size, (offset, piece, stop) => Session(image).ReadAsync(volume, path, offset, piece, stop)))
            : throw new ProblemException($"There is no file '{path}'.");
    }

    /// <summary>Checks that a folder is there, which is about to be downloaded.</summary>
    /// <exception cref="ProblemException">It is none, or the disk cannot be read.</exception>
    public async Task NeedFolderAsync(DiskImage image, string volume, MemberPath path, CancellationToken cancellation)
    {
        if (await Session(image).FindAsync(volume, path, cancellation) is not { Kind: EntryKind.Folder })
        {
            throw new ProblemException($"There is no folder '{path}'.");
        }
    }

    /// <summary>Writes a folder with all that is in it as tar, with owners, permissions, ACLs and attributes, compressed by zstd.</summary>
    /// <exception cref="ProblemException">The disk cannot be read.</exception>
    public async Task WriteZstdAsync(DiskImage image, string volume, MemberPath folder, Stream destination, CancellationToken cancellation)
    {
        await using var compressed = compressor.Open(new CompressionSettings(CompressionKind.Zstd, 1), destination, ioNice: null);
        await Session(image).WriteTarAsync(volume, folder, compressed.Input, cancellation);
        await compressed.FinishAsync(cancellation);
    }

    /// <summary>Writes a disk's image, compressed by zstd: its holes become next to nothing, and <c>zstd -d</c> makes holes of them again.</summary>
    public async Task WriteZstdAsync(DiskImage image, Stream destination, CancellationToken cancellation)
    {
        await using var disk = File.OpenRead(image.Path);
        await using var compressed = compressor.Open(new CompressionSettings(CompressionKind.Zstd, 1), destination, ioNice: null);
        await disk.CopyToAsync(compressed.Input, 1 << 20, cancellation);
        await compressed.FinishAsync(cancellation);
    }

    /// <summary>Ends readers that nobody has asked for so long.</summary>
    public Task EndAsync(TimeSpan unusedFor) => EndAsync(_sessions.Where(session => time.GetUtcNow() - session.Value.Used >= unusedFor));

    public async ValueTask DisposeAsync() => await EndAsync(_sessions);

    private DiskSession Session(DiskImage image)
    {
        if (!_sessions.ContainsKey(image.Path) && _sessions.Count >= MostReaders)
        {
            // It ends when whoever is being answered has his answer.
            _ = EndAsync(_sessions.OrderBy(session => session.Value.Used).Take(1));
        }

        return _sessions.GetOrAdd(image.Path, _ => new DiskSession(_readers, image, time));
    }

    private async Task EndAsync(IEnumerable<KeyValuePair<string, DiskSession>> sessions)
    {
        foreach (var session in sessions.ToList())
        {
            if (_sessions.TryRemove(session))
            {
                await session.Value.DisposeAsync();
            }
        }
    }
}

/// <summary>A file on a disk, to be read once.</summary>
public sealed record DiskFile(TreeEntry Entry, Stream Content) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
