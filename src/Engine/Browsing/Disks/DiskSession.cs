using System.Text;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>One disk that is being looked into: starts its reader when it is needed, mounts what is asked for, and lets one at a time ask.</summary>
internal sealed class DiskSession(DiskReaders readers, DiskImage image, TimeProvider time) : IAsyncDisposable
{
    private const int MostStatsAtOnce = 500;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<(string Volume, MemberPath Folder), IReadOnlyList<TreeEntry>> _folders = [];
    private IReadOnlyList<DiskVolume>? _volumes;
    private DiskShell? _shell;
    private string? _mounted;
    private bool _isEnded;

    /// <summary>When it was last asked something.</summary>
    public DateTimeOffset Used { get; private set; } = time.GetUtcNow();

    public Task<IReadOnlyList<DiskVolume>> ListVolumesAsync(CancellationToken cancellation) => InTurnAsync(VolumesAsync, cancellation);

    /// <summary>What is directly in a folder, folders first. Null when there is no such folder.</summary>
    public Task<IReadOnlyList<TreeEntry>?> ListAsync(string volume, MemberPath folder, CancellationToken cancellation) => InTurnAsync(
        async shell =>
        {
            if (_folders.TryGetValue((volume, folder), out var known))
            {
                return known;
            }

            await MountAsync(shell, volume, cancellation);
            if (await StatAsync(shell, folder, cancellation) is not { Kind: EntryKind.Folder })
            {
                return null;
            }

            var names = await NamesAsync(shell, "ls0", folder, _ => true, DiskFiles.MostListed, cancellation);
            var entries = await EntriesAsync(shell, folder, names, cancellation);
            entries.Sort((one, other) => (other.Kind is EntryKind.Folder).CompareTo(one.Kind is EntryKind.Folder) is not 0 and var order ? order : string.CompareOrdinal(one.Path.Name, other.Path.Name));
            if (_folders.Count >= DiskFiles.MostFoldersKept)
            {
                _folders.Clear();
            }

            _folders[(volume, folder)] = entries;
            return entries;
        },
        cancellation);

    /// <summary>What bears a text in its name, below a folder.</summary>
    public Task<IReadOnlyList<TreeEntry>> FindAsync(string volume, MemberPath below, string text, CancellationToken cancellation) => InTurnAsync<IReadOnlyList<TreeEntry>>(
        async shell =>
        {
            await MountAsync(shell, volume, cancellation);
            var found = new List<TreeEntry>();
            var paths = await NamesAsync(shell, "find0", below, path => MemberPath.Show(path[(path.LastIndexOf((byte)'/') + 1)..]).Contains(text, StringComparison.OrdinalIgnoreCase), TreeIndex.MostFound, cancellation);
            foreach (var path in paths)
            {
                if (PathIn(below, path) is { } place && await StatAsync(shell, place, cancellation) is { } entry)
                {
                    found.Add(entry);
                }
            }

            return found;
        },
        cancellation);

    /// <summary>Null when there is nothing of this path.</summary>
    public Task<TreeEntry?> FindAsync(string volume, MemberPath path, CancellationToken cancellation) => InTurnAsync(
        async shell =>
        {
            await MountAsync(shell, volume, cancellation);
            return await StatAsync(shell, path, cancellation);
        },
        cancellation);

    /// <summary>Reads a piece of a file.</summary>
    public Task ReadAsync(string volume, MemberPath file, long offset, Memory<byte> piece, CancellationToken cancellation) => InTurnAsync(
        async shell =>
        {
            await MountAsync(shell, volume, cancellation);
            var got = 0;
            await shell.ReadAsync(
                $"download-offset {Word(file)} /dev/stdout {offset} {piece.Length}",
                data =>
                {
                    data[..Math.Min(data.Length, piece.Length - got)].CopyTo(piece[got..]);
                    got += data.Length;
                    return ValueTask.CompletedTask;
                },
                cancellation);
            return got == piece.Length ? true : throw new ProblemException($"'{file}' is not as long as its figures say.");
        },
        cancellation);

    /// <summary>Writes a folder with all that is in it as a tar archive.</summary>
    public Task WriteTarAsync(string volume, MemberPath folder, Stream destination, CancellationToken cancellation) => InTurnAsync(
        async shell =>
        {
            await MountAsync(shell, volume, cancellation);
            await shell.ReadAsync($"tar-out {Word(folder)} /dev/stdout numericowner:true xattrs:true acls:true", data => destination.WriteAsync(data, cancellation), cancellation);
            return true;
        },
        cancellation);

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        _isEnded = true;
        try
        {
            await EndAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    // Whatever leaves a command early ends the reader; the next who asks starts another.
    private async Task<T> InTurnAsync<T>(Func<DiskShell, Task<T>> ask, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            Used = time.GetUtcNow();
            if (_isEnded)
            {
                throw new ProblemException("Other disks are being looked into, and this one was closed. Try it again.");
            }

            if (_shell is not { IsUsable: true })
            {
                await EndAsync();
                _shell = await readers.StartAsync(image, cancellation);
            }

            return await ask(_shell);
        }
        catch (Exception error) when (error is IOException or TimeoutException or ObjectDisposedException)
        {
            throw new ProblemException($"The reader of the disk ended: {error.Message} Try it again.", error);
        }
        finally
        {
            Used = time.GetUtcNow();
            if (_shell is { IsUsable: false })
            {
                await EndAsync();
            }

            _turn.Release();
        }
    }

    private async Task<IReadOnlyList<DiskVolume>> VolumesAsync(DiskShell shell)
    {
        if (_volumes is not null)
        {
            return _volumes;
        }

        var volumes = new List<DiskVolume>();
        foreach (var (device, type) in DiskVolume.Parse(await shell.AskAsync("list-filesystems", CancellationToken.None)))
        {
            var word = Word(device);
            var size = await TryAskAsync(shell, $"blockdev-getsize64 {word}");
            volumes.Add(new DiskVolume(device, type, long.TryParse(size, out var bytes) ? bytes : null, MemberPath.Show(Encoding.UTF8.GetBytes((await TryAskAsync(shell, $"vfs-label {word}")).Trim()))));
        }

        return _volumes = volumes;
    }

    // Of a Btrfs subvolume, for one, there is no such figure.
    private static async Task<string> TryAskAsync(DiskShell shell, string command)
    {
        try
        {
            return await shell.AskAsync(command, CancellationToken.None);
        }
        catch (ProblemException) when (shell.IsUsable)
        {
            return "";
        }
    }

    private async Task MountAsync(DiskShell shell, string volume, CancellationToken cancellation)
    {
        if (_mounted == volume)
        {
            return;
        }

        if (!(await VolumesAsync(shell)).Any(known => known.Device == volume && known.HasFiles))
        {
            throw new ProblemException($"There is no file system '{volume}' on the disk.");
        }

        _mounted = null;
        await shell.AskAsync("umount-all", cancellation);
        await shell.AskAsync($"mount-ro {Word(volume)} /", cancellation);
        _mounted = volume;
    }

    private async Task<TreeEntry?> StatAsync(DiskShell shell, MemberPath path, CancellationToken cancellation)
    {
        try
        {
            return DiskStat.Blocks(await shell.AskAsync($"lstatns {Word(path)}", cancellation)).Select(stat => DiskStat.Entry(path, stat)).FirstOrDefault();
        }
        catch (ProblemException) when (shell.IsUsable)
        {
            return null;
        }
    }

    private async Task<List<TreeEntry>> EntriesAsync(DiskShell shell, MemberPath folder, List<byte[]> names, CancellationToken cancellation)
    {
        var entries = new List<TreeEntry>(names.Count);
        foreach (var some in names.Where(name => DiskWord.MayBeListed(name)).Chunk(MostStatsAtOnce))
        {
            var stats = DiskStat.Blocks(await shell.AskAsync($"lstatnslist {Word(folder)} {DiskWord.Of(some)}", cancellation)).ToList();
            if (stats.Count != some.Length)
            {
                throw new ProblemException($"The folder '{folder}' cannot be listed: of {some.Length} files {stats.Count} were told of.");
            }

            entries.AddRange(some.Zip(stats, (name, stat) => PathIn(folder, name) is { } path ? DiskStat.Entry(path, stat) : null).OfType<TreeEntry>());
        }

        foreach (var name in names.Where(name => !DiskWord.MayBeListed(name)))
        {
            if (PathIn(folder, name) is { } path && await StatAsync(shell, path, cancellation) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    private static async Task<List<byte[]>> NamesAsync(DiskShell shell, string command, MemberPath folder, Predicate<byte[]> isWanted, int most, CancellationToken cancellation)
    {
        var (names, part) = (new List<byte[]>(), new MemoryStream());
        await shell.ReadAsync(
            $"{command} {Word(folder)} /dev/stdout",
            data =>
            {
                for (var rest = data.Span; !rest.IsEmpty;)
                {
                    var end = rest.IndexOf((byte)0);
                    part.Write(end < 0 ? rest : rest[..end]);
                    rest = end < 0 ? [] : rest[(end + 1)..];
                    if (end >= 0 && part.ToArray() is var name && names.Count < most && isWanted(name))
                    {
                        names.Add(name);
                    }

                    part.SetLength(end >= 0 || part.Length > MemberPath.Longest ? 0 : part.Length);
                }

                return ValueTask.CompletedTask;
            },
            cancellation);
        return names;
    }

    private static MemberPath? PathIn(MemberPath folder, byte[] name) => MemberPath.Of([.. folder.ToBytes(), (byte)'/', .. name]);

    private static string Word(MemberPath path) => DiskWord.Of([(byte)'/', .. path.ToBytes()]);

    private static string Word(string device) => DiskWord.Of(Encoding.ASCII.GetBytes(device));

    private async Task EndAsync()
    {
        if (_shell is { } shell)
        {
            (_shell, _mounted) = (null, null);
            await shell.DisposeAsync();
        }
    }
}
