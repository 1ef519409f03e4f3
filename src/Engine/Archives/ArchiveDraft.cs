using VzDump.Engine.Host;

namespace VzDump.Engine.Archives;

/// <summary>An archive being written. Until <see cref="CommitAsync"/> it carries vzdump's .dat name, which no listing shows; disposing deletes it.</summary>
public sealed class ArchiveDraft : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly DigestingStream _digesting;
    private bool _hasDigest;
    private bool _committed;

    private ArchiveDraft(FileStream file, string path, string draftPath)
    {
        _file = file;
        _digesting = new DigestingStream(file);
        Path = path;
        DraftPath = draftPath;
    }

    /// <summary>The name that the archive will have.</summary>
    public string Path { get; }

    public string DraftPath { get; }

    public Stream Stream => _digesting;

    /// <summary>In bytes, so far.</summary>
    public long Size => _file.Length;

    /// <exception cref="ProblemException">The folder takes no file, or the name is taken.</exception>
    public static ArchiveDraft Open(string folder, ArchiveName name)
    {
        var path = System.IO.Path.Combine(folder, name.FileName);
        var draft = System.IO.Path.Combine(folder, name.DraftName);
        if (File.Exists(path))
        {
            throw new ProblemException($"There is an archive '{name}' already.");
        }

        try
        {
            // Guests' secrets are in there: not for everybody. No buffer: what arrives here is large already.
            var file = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Read,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            });
            return new ArchiveDraft(file, path, draft);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The archive cannot be made in '{folder}': {error.Message}", error);
        }
    }

    /// <summary>Removes what a killed program left of a draft.</summary>
    /// <exception cref="IOException">Something stays.</exception>
    internal static void Discard(string draftPath)
    {
        // e.g. vzdump-qemu-100-2026_08_22-03_00_00.vma.dat and, from the last moment, vzdump-qemu-100-2026_08_22-03_00_00.vma.zst.sha256
        var stem = System.IO.Path.GetFileNameWithoutExtension(draftPath);
        foreach (var digest in Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(draftPath)!, $"{stem}.*"))
        {
            var archive = digest.EndsWith(".sha256", StringComparison.Ordinal) ? digest[..^".sha256".Length]
                : digest.EndsWith(".sha256.new", StringComparison.Ordinal) ? digest[..^".sha256.new".Length]
                : null;
            if (archive is not null && !File.Exists(archive))
            {
                File.Delete(digest);
            }
        }

        File.Delete(draftPath);
    }

    /// <summary>Makes what was written durable and gives it its name. From its first moment under that name it has its digest beside it.</summary>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        await _file.FlushAsync(cancellation);
        await Task.Run(() => _file.Flush(flushToDisk: true), cancellation);
        if (!File.Exists(Path))
        {
            // Before the name: killed between the two, a digest without archive is left, which the next start removes. The other way round,
            // an archive would be left that nobody can check.
            _hasDigest = true;
            await ArchiveDigest.WriteAsync(Path, _digesting.Digest(), cancellation);
        }

        AtomicFile.RenameNew(DraftPath, Path);
        _committed = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _digesting.DisposeAsync();
        await _file.DisposeAsync();
        if (!_committed)
        {
            if (_hasDigest)
            {
                File.Delete(ArchiveDigest.PathOf(Path));
            }

            File.Delete(DraftPath);
        }
    }
}
