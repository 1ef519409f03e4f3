using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Jobs.Audit;
using VzDump.Web.Archives;
using VzDump.Web.SignIn;

namespace VzDump.Web.Browsing;

/// <summary>Files in archives for pages and endpoints. Who sees a guest sees their names; who may restore it sees what is in them.</summary>
public sealed class BrowseDesk(ArchiveDesk archives, ArchiveTrees trees, ArchivedFiles files, AuditTrail audit)
{
    /// <summary>What a preview shows at most, in bytes.</summary>
    public const int PreviewBytes = 64 * 1024;

    /// <summary>Null when there is no such archive for him.</summary>
    /// <exception cref="ProblemException">Its storage cannot be read, or it has no files to show.</exception>
    public async Task<BrowsedArchive?> FindAsync(Rights rights, ArchiveId id, CancellationToken cancellation)
    {
        if (await archives.FindAsync(rights, id, cancellation) is not { } archive)
        {
            return null;
        }

        using var tree = trees.Find(archive.Path);
        return new BrowsedArchive(archive, tree is null ? null : new TreeFacts(tree.Count, tree.FileBytes, tree.LeftOut, tree.Problem));
    }

    /// <summary>Begins to list the files of an archive, or joins who does.</summary>
    /// <param name="again">Whether to begin anew though it failed just now.</param>
    /// <exception cref="ProblemException">It is not his.</exception>
    public async Task<ArchiveReading> MakeAsync(Rights rights, ArchiveId id, bool again, CancellationToken cancellation) => trees.Make((await NeedAsync(rights, Role.Viewer, id, cancellation)).Path, again);

    /// <summary>What is in a folder; of a text to find, what bears it in its name below the folder. Null when there is no such folder for him.</summary>
    /// <exception cref="ProblemException">It is gone, or its files are not listed yet.</exception>
    public async Task<FolderPart?> ListAsync(Rights rights, Archive archive, MemberPath folder, string? find, long skip, int most, CancellationToken cancellation)
    {
        if (!rights.Sees(archive.Guest))
        {
            return null;
        }

        // Not looked for in its storage again: this is asked at each turn of a wheel.
        using var tree = Open(archive);
        if (tree.Find(folder) is not { Kind: EntryKind.Folder })
        {
            return null;
        }

        if (string.IsNullOrWhiteSpace(find))
        {
            return tree.List(folder, skip, most);
        }

        var found = await Task.Run(() => tree.Search(find.Trim(), folder, cancellation), cancellation);
        return new FolderPart(found.Count, [.. found.Skip((int)skip).Take(most)]);
    }

    /// <summary>The beginning of a text file.</summary>
    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public async Task<FilePreview> PreviewAsync(Rights rights, ArchiveId id, MemberPath path, CancellationToken cancellation)
    {
        await using var file = await OpenAsync(rights, id, path, "file looked at", cancellation);
        var head = new byte[PreviewBytes];
        var count = await file.Content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation);
        return FilePreview.Of(head.AsSpan(0, count), file.Entry.Size);
    }

    /// <summary>Opens a file that is about to be downloaded.</summary>
    /// <exception cref="ProblemException">It is not his, or cannot be read.</exception>
    public Task<ArchivedFile> DownloadAsync(Rights rights, ArchiveId id, MemberPath path, CancellationToken cancellation) => OpenAsync(rights, id, path, "file downloaded", cancellation);

    /// <summary>Chooses what is about to be downloaded together.</summary>
    /// <returns>What writes it, in the format that was asked for.</returns>
    /// <exception cref="ProblemException">It is not his, or there is no such thing in it.</exception>
    public async Task<Func<Stream, CancellationToken, Task>> DownloadAsync(Rights rights, ArchiveId id, IReadOnlyList<MemberPath> paths, TakenFormat format, CancellationToken cancellation)
    {
        var archive = await NeedAsync(rights, Role.Operator, id, cancellation);
        using var tree = Open(archive);
        var chosen = await Task.Run(() => ChosenMembers.Of(tree, paths), cancellation);
        await audit.AddAsync(rights.Who, "files downloaded", id.ToString(), $"{chosen.Count} from {string.Join(", ", paths.Take(10))}{(paths.Count > 10 ? ", …" : "")}", CancellationToken.None);
        return (stream, stop) => format is TakenFormat.Zip ? files.WriteZipAsync(archive.Path, chosen, stream, stop) : files.WriteZstdAsync(archive.Path, chosen, stream, stop);
    }

    private async Task<ArchivedFile> OpenAsync(Rights rights, ArchiveId id, MemberPath path, string act, CancellationToken cancellation)
    {
        var archive = await NeedAsync(rights, Role.Operator, id, cancellation);
        using var tree = Open(archive);
        var file = await files.OpenAsync(archive.Path, tree, path, cancellation);
        await audit.AddAsync(rights.Who, act, id.ToString(), path.ToString(), CancellationToken.None);
        return file;
    }

    private TreeIndex Open(Archive archive) => trees.Find(archive.Path) ?? throw new ProblemException($"The files of '{archive.Name}' are not listed yet. Open it in the dashboard first.");

    private async Task<Archive> NeedAsync(Rights rights, Role least, ArchiveId id, CancellationToken cancellation)
    {
        rights.Need(least);
        return await archives.FindAsync(rights, id, cancellation) ?? throw new ProblemException($"There is no archive '{id.Name}' on the storage '{id.Storage}'.");
    }
}

/// <param name="Tree">Null when its files are still to be listed.</param>
public sealed record BrowsedArchive(Archive Archive, TreeFacts? Tree);

/// <summary>What is known of all files together.</summary>
/// <param name="Count">Files, folders and the like.</param>
/// <param name="Bytes">Of all files, their holes included.</param>
/// <param name="LeftOut">Members whose paths lead out of the tree.</param>
/// <param name="Problem">A sentence about damage that ends the archive early; null when it is whole.</param>
public sealed record TreeFacts(long Count, long Bytes, long LeftOut, string? Problem);

/// <summary>How several files are downloaded.</summary>
public enum TakenFormat
{
    /// <summary>As tar, with all that belongs to the files.</summary>
    TarZst,
    Zip,
}
