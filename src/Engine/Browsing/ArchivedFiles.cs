using System.IO.Compression;
using System.IO.Pipelines;
using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Compression;

namespace VzDump.Engine.Browsing;

/// <summary>Takes files out of containers' archives, as streams; nothing is unpacked on this host.</summary>
public sealed class ArchivedFiles(Decompressor decompressor, Compressor compressor)
{
    private const int CopyBytes = 256 * 1024;
    private static readonly byte[] EndMark = new byte[2 * TarHeader.Block];

    /// <summary>Opens a file's content. A hard link's is that of the file that it means.</summary>
    /// <exception cref="ProblemException">It is no file, or the archive cannot be read.</exception>
    public async Task<ArchivedFile> OpenAsync(string archivePath, TreeIndex tree, MemberPath path, CancellationToken cancellation)
    {
        var entry = tree.Find(path) ?? throw new ProblemException($"There is no '{path}' in the archive.");
        if (entry.Kind is EntryKind.HardLink && MemberPath.TryParse(entry.Link, out var target))
        {
            entry = tree.Find(target) ?? entry;
        }

        if (entry.Kind is not EntryKind.File)
        {
            throw new ProblemException($"'{path}' is no file.");
        }

        var input = decompressor.Open(archivePath);
        try
        {
            var members = new TarMembers(new RangesReader(input.Output, [(entry.Place, entry.Place + entry.Span)])) { KeepsPieces = true };
            var member = await members.NextAsync(cancellation) ?? throw new InvalidDataException("The archive has changed since its files were listed.");
            return new ArchivedFile(input, members, await TarContent.OpenAsync(members, member, cancellation), entry);
        }
        catch (Exception error)
        {
            await input.DisposeAsync();
            if (error is InvalidDataException or EndOfStreamException or IOException)
            {
                throw new ProblemException($"'{path}' cannot be taken out of the archive: {error.Message}", error);
            }

            throw;
        }
    }

    /// <summary>Writes chosen members as a tar archive, just as they stand in theirs: with owners, permissions, times, holes, ACLs and attributes.</summary>
    /// <exception cref="ProblemException">The archive cannot be read.</exception>
    public async Task WriteTarAsync(string archivePath, ChosenMembers chosen, Stream destination, CancellationToken cancellation)
    {
        await using var input = decompressor.Open(archivePath);
        await using var ranges = new RangesReader(input.Output, chosen.Ranges);
        var buffer = new byte[CopyBytes];
        for (int count; (count = await ranges.ReadAsync(buffer, cancellation)) > 0;)
        {
            await destination.WriteAsync(buffer.AsMemory(0, count), cancellation);
        }

        await destination.WriteAsync(EndMark, cancellation);
    }

    /// <summary>The same, compressed by zstd.</summary>
    /// <exception cref="ProblemException">The archive cannot be read.</exception>
    public async Task WriteZstdAsync(string archivePath, ChosenMembers chosen, Stream destination, CancellationToken cancellation)
    {
        await using var compressed = compressor.Open(new CompressionSettings(CompressionKind.Zstd, 1), destination, ioNice: null);
        await WriteTarAsync(archivePath, chosen, compressed.Input, cancellation);
        await compressed.FinishAsync(cancellation);
    }

    /// <summary>Writes chosen members as a zip archive: files, folders and links with their permissions. Devices and pipes have no place in one.</summary>
    /// <exception cref="ProblemException">The archive cannot be read.</exception>
    public async Task WriteZipAsync(string archivePath, ChosenMembers chosen, Stream destination, CancellationToken cancellation)
    {
        // .NET writes some of a zip archive synchronously, which a web server's answer refuses.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4 * CopyBytes, resumeWriterThreshold: CopyBytes));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var zipping = Task.Run(() => ZipAsync(archivePath, chosen, pipe.Writer, ending.Token), CancellationToken.None);
        try
        {
            await pipe.Reader.CopyToAsync(destination, cancellation);
        }
        finally
        {
            await ending.CancelAsync(); // nobody takes the rest
            await pipe.Reader.CompleteAsync();
            await zipping;
        }
    }

    private async Task ZipAsync(string archivePath, ChosenMembers chosen, PipeWriter destination, CancellationToken cancellation)
    {
        try
        {
            await using var input = decompressor.Open(archivePath);
            using var members = new TarMembers(new RangesReader(input.Output, chosen.Ranges)) { KeepsPieces = true, EndsWithoutMark = true };
            await using (var zip = new ZipArchive(destination.AsStream(leaveOpen: true), ZipArchiveMode.Create))
            {
                while (await members.NextAsync(cancellation) is { } member)
                {
                    await ZipAsync(zip, members, member, cancellation);
                }
            }

            await destination.CompleteAsync();
        }
        catch (Exception error)
        {
            await destination.CompleteAsync(error); // whoever reads tells of it
        }
    }

    private static async Task ZipAsync(ZipArchive zip, TarMembers members, TarMember member, CancellationToken cancellation)
    {
        const int regular = 0x8000, folder = 0x4000, link = 0xA000;
        if (MemberPath.Of(member.Path) is not { IsRoot: false } path)
        {
            return;
        }

        var isFolder = member.Type is '5' || member.Path is [.., (byte)'/'];
        var isLink = member.Type is '1' or '2';
        if (!isFolder && !isLink && !member.IsFile)
        {
            return;
        }

        var entry = zip.CreateEntry(isFolder ? $"{path}/" : path.ToString(), CompressionLevel.Fastest);
        entry.ExternalAttributes = ((isFolder ? folder : isLink ? link : regular) | member.Mode) << 16;
        entry.LastWriteTime = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(member.Modified, ZipBegins, ZipEnds));
        if (isFolder)
        {
            return;
        }

        await using var content = await entry.OpenAsync(cancellation);
        if (isLink)
        {
            await content.WriteAsync(member.Type is '2' ? member.Link : LinkFrom(path, member.Link), cancellation);
        }
        else
        {
            await using var data = await TarContent.OpenAsync(members, member, cancellation);
            await data.CopyToAsync(content, CopyBytes, cancellation);
        }
    }

    // There are no hard links in a zip archive: a symbolic one leads to the file instead, which is in there too.
    private static byte[] LinkFrom(MemberPath path, byte[] target) =>
        System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("../", path.Steps.Count() - 1)) + (MemberPath.Of(target)?.ToString() ?? ""));

    // What a zip archive can say: 1980 to 2107.
    private static readonly long ZipBegins = new DateTimeOffset(1980, 1, 2, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), ZipEnds = new DateTimeOffset(2107, 12, 30, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
}

/// <summary>A file's content, out of an archive.</summary>
public sealed class ArchivedFile : IAsyncDisposable
{
    private readonly DecompressedInput _input;
    private readonly TarMembers _members;

    internal ArchivedFile(DecompressedInput input, TarMembers members, Stream content, TreeEntry entry) => (_input, _members, Content, Entry) = (input, members, content, entry);

    /// <summary>To be read once.</summary>
    public Stream Content { get; }

    public TreeEntry Entry { get; }

    public async ValueTask DisposeAsync()
    {
        await Content.DisposeAsync();
        _members.Dispose();
        await _input.DisposeAsync();
    }
}
