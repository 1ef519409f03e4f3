using VzDump.Engine.Host;

namespace VzDump.Engine.Configuration;

/// <summary>A configuration file as it was read. It is only written over what was read: a change that somebody else made meanwhile is never lost.</summary>
public sealed class ConfigFile
{
    private readonly byte[]? _read;

    private ConfigFile(string path, byte[]? read)
    {
        (Path, _read) = (path, read);
        Text = read is null ? "" : ConfigText.Decode(read, path);
    }

    /// <summary>Where it is, after links were followed: what is replaced is the file, not a link to it.</summary>
    public string Path { get; }

    /// <summary>Empty when there is no file.</summary>
    public string Text { get; }

    public bool Exists => _read is not null;

    /// <summary>A file that is not there can be written too, as long as it is still not there.</summary>
    /// <exception cref="ProblemException">The file cannot be read or is no text.</exception>
    public static async Task<ConfigFile> ReadAsync(string path, CancellationToken cancellation)
    {
        var real = ConfigText.Try(path, () => new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName);
        return new ConfigFile(real, await ConfigText.ReadBytesAsync(real, cancellation));
    }

    /// <summary>Replaces the whole file: written beside it, flushed, renamed. Nothing is done when nothing was changed.</summary>
    /// <exception cref="ProblemException">Somebody else has changed it since it was read, or it cannot be written.</exception>
    public async Task<ConfigFile> WriteAsync(string text, CancellationToken cancellation) => await TryWriteAsync(text, cancellation)
        ?? throw new ProblemException($"The configuration '{Path}' has been changed by somebody else since it was read, and was left as it is. Look at it again, then repeat the change.");

    /// <summary>The same; null when somebody else has changed the file since it was read.</summary>
    /// <exception cref="ProblemException">It cannot be written.</exception>
    public async Task<ConfigFile?> TryWriteAsync(string text, CancellationToken cancellation)
    {
        if (Exists && text == Text)
        {
            return this;
        }

        var now = await ConfigText.ReadBytesAsync(Path, cancellation);
        if (now is null ? _read is not null : _read is null || !now.AsSpan().SequenceEqual(_read))
        {
            return null;
        }

        try
        {
            await AtomicFile.WriteAsync(Path, text, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The configuration '{Path}' cannot be written and is as it was: {error.Message}", error);
        }

        return new ConfigFile(Path, ConfigText.Encode(text));
    }
}
