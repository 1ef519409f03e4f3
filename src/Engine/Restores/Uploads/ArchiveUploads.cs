using System.Collections.Concurrent;
using VzDump.Engine.Archives;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Restores.Uploads;

/// <summary>
/// Archives that come from elsewhere, piece by piece, and go on after a break. Until an archive was read to its end and is sound it lies in a folder of its own
/// beside the others, where nothing takes it for one: retention counts archives, and a damaged one could push out a good one.
/// </summary>
public sealed class ArchiveUploads(StorageInventory storages, ArchiveCatalogue catalogue, ArchiveVerifier verifier, TimeProvider time)
{
    /// <summary>So many may be under way on a storage.</summary>
    public const int MostOnStorage = 16;

    /// <summary>What nobody goes on with is removed after that.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    private const string Folder = ".vzdump-web-uploads", SizeEnding = ".size";
    private readonly ConcurrentDictionary<string, ArchiveUpload> _uploads = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Begins an upload, or finds the one that was broken off.</summary>
    /// <param name="size">Of the whole file, in bytes.</param>
    /// <exception cref="ProblemException">It cannot be taken: its name is none, there is one already, or no room.</exception>
    public async Task<ArchiveUpload> BeginAsync(ArchiveId id, long size, CancellationToken cancellation)
    {
        var storage = await StorageAsync(id, cancellation);
        var (target, half) = PathsOf(storage, id);
        if (_uploads.TryGetValue(half, out var known) && known.State is UploadState.Receiving or UploadState.Checking && known.Size == size)
        {
            return known;
        }

        if (known is { State: UploadState.Checking })
        {
            // What is read must be what gets the name.
            throw new ProblemException($"Another file named '{id.Name}' has come, and is being checked. Wait until that is over.");
        }

        if (size < 1)
        {
            throw new ProblemException($"'{id.Name}' is empty.");
        }

        RefuseIfThere(id, target);
        Directory.CreateDirectory(Path.GetDirectoryName(half)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        RefuseLink(Path.GetDirectoryName(half)!);
        RefuseLink(half);
        RemoveOld(Path.GetDirectoryName(half)!);
        if (known is not null || await SizeOfAsync(half, cancellation) != size)
        {
            Remove(half); // another file of the same name, or one that was found damaged
        }

        var there = new FileInfo(half) is { Exists: true, LinkTarget: null } file ? file.Length : 0;
        if (size - there > storage.FreeBytes)
        {
            throw new ProblemException($"There is not enough room on the storage '{id.Storage}' for '{id.Name}': {VzdumpSize(size - there)} are still to come, and {VzdumpSize(storage.FreeBytes ?? 0)} are free. Make room, or choose another storage.");
        }

        if (there == 0 && Directory.EnumerateFiles(Path.GetDirectoryName(half)!, "*" + SizeEnding).Count() >= MostOnStorage)
        {
            throw new ProblemException($"{MostOnStorage} uploads to the storage '{id.Storage}' are under way already. Finish or cancel one of them first.");
        }

        await AtomicFile.WriteAsync(half + SizeEnding, $"{size}", cancellation);
        return _uploads[half] = new ArchiveUpload(id, size, half, target) { Received = Math.Min(there, size) };
    }

    /// <summary>One that is under way, or ended a while ago; null when there is none.</summary>
    public ArchiveUpload? Find(ArchiveId id) => _uploads.Values.FirstOrDefault(upload => upload.Id.Equals(id));

    /// <summary>Takes the next bytes. What came before a break stays.</summary>
    /// <param name="offset">Where they belong: <see cref="ArchiveUpload.Received"/>.</param>
    /// <returns>False when they belong elsewhere, or somebody else is sending.</returns>
    /// <exception cref="ProblemException">There is more than was announced, or no room.</exception>
    public async Task<bool> AppendAsync(ArchiveUpload upload, long offset, Stream content, CancellationToken cancellation)
    {
        if (!await upload.Writing.WaitAsync(0, cancellation))
        {
            return false;
        }

        try
        {
            if (upload.State is not UploadState.Receiving || offset != upload.Received)
            {
                return false;
            }

            await using var file = new FileStream(upload.HalfPath, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            });
            file.SetLength(offset);
            file.Position = offset;
            var buffer = new byte[1 << 20];
            try
            {
                for (int count; (count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation)) > 0;)
                {
                    if (upload.Received + count > upload.Size)
                    {
                        throw new ProblemException($"More came of '{upload.Id.Name}' than was announced.");
                    }

                    await file.WriteAsync(buffer.AsMemory(0, count), cancellation);
                    upload.Received += count;
                }
            }
            catch (IOException error) when (error.HResult == LinuxCalls.NoSpaceLeft)
            {
                throw new ProblemException($"The storage '{upload.Id.Storage}' is full. Make room, then the upload can go on.", error);
            }

            return true;
        }
        finally
        {
            upload.Writing.Release();
        }
    }

    /// <summary>All has come: begins to read it to its end. It gets its name when it is sound.</summary>
    /// <exception cref="ProblemException">Something is still to come.</exception>
    public void Finish(ArchiveUpload upload)
    {
        if (upload.Received < upload.Size)
        {
            throw new ProblemException($"Of '{upload.Id.Name}' {upload.Received} of {upload.Size} bytes have come. Send the rest first.");
        }

        upload.Check(() => CheckAsync(upload));
    }

    /// <summary>Ends an upload; nothing of it stays.</summary>
    public async Task CancelAsync(ArchiveUpload upload)
    {
        await upload.EndAsync();
        Remove(upload.HalfPath);
        _uploads.TryRemove(new(upload.HalfPath, upload));
    }

    /// <summary>Removes what nobody has gone on with on any storage, and forgets those that ended.</summary>
    public async Task RemoveOldAsync(CancellationToken cancellation)
    {
        foreach (var ended in _uploads.Where(upload => upload.Value.State is UploadState.Done or UploadState.Damaged))
        {
            _uploads.TryRemove(ended);
        }

        foreach (var storage in (await storages.ListAsync(cancellation)).Where(storage => storage.IsActive))
        {
            RemoveOld(Path.Combine(storage.ArchiveFolder, Folder));
        }
    }

    private async Task CheckAsync(ArchiveUpload upload)
    {
        await _turn.WaitAsync(upload.Ended);
        try
        {
            await using (var file = new FileStream(upload.HalfPath, FileMode.Open, FileAccess.ReadWrite))
            {
                file.Flush(flushToDisk: true);
            }

            var verdict = await verifier.VerifyAsync(upload.HalfPath, upload, upload.Ended);
            if (!verdict.IsSound)
            {
                throw new ProblemException($"The archive is not sound: {string.Join(' ', verdict.Parts.Where(part => part.State is PartState.Bad).Select(part => part.Text))} It was not taken over. Send it again, or look whether it is whole where it comes from.");
            }

            RefuseIfThere(upload.Id, upload.TargetPath);
            AtomicFile.RenameNew(upload.HalfPath, upload.TargetPath);
            File.Delete(upload.HalfPath + SizeEnding);
            catalogue.Look();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Remove(upload.HalfPath);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<StorageState> StorageAsync(ArchiveId id, CancellationToken cancellation)
    {
        var storage = (await storages.ListAsync(cancellation)).FirstOrDefault(storage => storage.Name == id.Storage) ?? throw new ProblemException($"There is no storage '{id.Storage}' for backups.");
        return storage.Problem is { } problem ? throw new ProblemException(problem) : storage;
    }

    private static (string Target, string Half) PathsOf(StorageState storage, ArchiveId id) => ArchiveName.TryParse(id.Name) is { } name && name.FileName == id.Name
        ? (Path.Combine(storage.ArchiveFolder, id.Name), Path.Combine(storage.ArchiveFolder, Folder, id.Name))
        : throw new ProblemException($"'{id.Name}' is no name that vzdump gives. Name the file such as vzdump-lxc-101-2026_08_22-03_00_00.tar.zst, by its guest's type, VMID and time.");

    private static void RefuseIfThere(ArchiveId id, string target)
    {
        if (Path.Exists(target))
        {
            throw new ProblemException($"The archive '{id.Name}' is on the storage '{id.Storage}' already.");
        }
    }

    // Others may write to the storage: a link of theirs could lead anywhere.
    private static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new ProblemException($"'{path}' is a link, through which nothing is written. Remove it, then upload again.");
        }
    }

    private static async Task<long?> SizeOfAsync(string half, CancellationToken cancellation) =>
        File.Exists(half + SizeEnding) && long.TryParse(await File.ReadAllTextAsync(half + SizeEnding, cancellation), out var size) ? size : null;

    private void RemoveOld(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        var limit = time.GetUtcNow().UtcDateTime - KeptFor;
        foreach (var mark in Directory.EnumerateFiles(folder, "*" + SizeEnding))
        {
            var half = mark[..^SizeEnding.Length];
            if (!_uploads.ContainsKey(half) && File.GetLastWriteTimeUtc(mark) < limit && (!File.Exists(half) || File.GetLastWriteTimeUtc(half) < limit))
            {
                Remove(half);
            }
        }
    }

    private static void Remove(string half)
    {
        File.Delete(half);
        File.Delete(half + SizeEnding);
    }

    private static string VzdumpSize(long bytes) => Backups.VzdumpFormat.Size(bytes);
}
