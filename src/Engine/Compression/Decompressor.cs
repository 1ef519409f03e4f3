using VzDump.Engine.Host;
using ZstdSharp;

namespace VzDump.Engine.Compression;

/// <summary>Opens archives for reading, whatever compressed them.</summary>
public sealed class Decompressor(HostPrograms programs)
{
    /// <summary>Finds out whether a file of this name can be read here.</summary>
    /// <exception cref="ProblemException">A program is missing; the message names its package.</exception>
    public void Check(string fileName)
    {
        if (ProgramFor(fileName) is { } program && (program != "zstd" || programs.Find(program) is not null))
        {
            programs.Require(program);
        }
    }

    /// <summary>Reads the file from its beginning; its name's ending says how it is compressed.</summary>
    /// <param name="onRead">Sees the file's own bytes, in order, as they are read.</param>
    /// <exception cref="ProblemException">It cannot be opened, or its program is missing.</exception>
    public DecompressedInput Open(string path, Action<ReadOnlyMemory<byte>>? onRead = null)
    {
        Check(path);
        FileStream file;
        try
        {
            file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException($"The archive '{path}' cannot be opened: {error.Message}", error);
        }

        Stream source = onRead is null ? file : new WatchedReader(file, onRead);
        return ProgramFor(path) switch
        {
            null => new DecompressedInput.Plain(file, source, source),
            "zstd" when programs.Find("zstd") is null => new DecompressedInput.Plain(file, source, new DecompressionStream(source, leaveOpen: true)),
            var program => DecompressedInput.ByProgram.Start(programs, new HostCommand(program, "-dc"), file, source),
        };
    }

    // e.g. vzdump-lxc-101-2026_08_22-03_00_00.tar.zst; the older vzdump wrote .tgz, other tools .bz2
    private static string? ProgramFor(string fileName) => Path.GetExtension(fileName) switch
    {
        ".zst" => "zstd",
        ".gz" or ".tgz" => "gzip",
        ".lzo" => "lzop",
        ".bz2" => "bzip2",
        _ => null,
    };
}
