using VzDump.Engine.Host;

namespace VzDump.Engine.Archives;

/// <summary>An archive being written. Until <see cref="CommitAsync"/> it carries vzdump's .dat name, which no listing shows; disposing deletes it.</summary>
public sealed class ArchiveDraft : IAsyncDisposable
{
    private readonly FileStream _file;
    private bool _committed;

    private ArchiveDraft(FileStream file, string path, string draftPath)
    {
        _file = file;
        Path = path;
        DraftPath = draftPath;
    }

    /// <summary>The name that the archive will have.</summary>
    public string Path { get; }

    public string DraftPath { get; }

    public Stream Stream => _file;

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

    /// <summary>Makes what was written durable and gives it its name.</summary>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        await _file.FlushAsync(cancellation);
        await Task.Run(() => _file.Flush(flushToDisk: true), cancellation);
        AtomicFile.RenameNew(DraftPath, Path);
        _committed = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (!_committed)
        {
            File.Delete(DraftPath);
        }
    }
}
