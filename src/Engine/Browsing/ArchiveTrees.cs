using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using VzDump.Engine.Archives;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Browsing;

/// <summary>
/// The trees of containers' archives. An index is made when an archive is opened for the first time, which reads all of it, and kept in the data folder: the
/// storages hold nothing that vzdump does not know.
/// </summary>
public sealed class ArchiveTrees(NodePaths paths, Decompressor decompressor, TimeProvider time) : IDisposable
{
    /// <summary>What the indexes of all archives may take together, in bytes; those that were not used for the longest time go first.</summary>
    public const long MostKeptBytes = 4L << 30;

    /// <summary>No index takes more, in bytes: about ten million files.</summary>
    public const long MostIndexBytes = 1L << 30;

    private static readonly TimeSpan ToldFor = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, TreeMaking> _making = new(StringComparer.Ordinal);
    private const string Ending = ".tree";

    private readonly SemaphoreSlim _turn = new(1);

    private string Folder => Path.Combine(paths.DataFolder, "trees");

    /// <summary>Null when its index is still to be made.</summary>
    /// <exception cref="ProblemException">It is gone, or has no tree.</exception>
    public TreeIndex? Find(string archivePath)
    {
        if (!ArchiveName.IsArchive(Path.GetFileName(archivePath)) || ArchiveName.KindOf(Path.GetFileName(archivePath)) is not GuestKind.Lxc)
        {
            throw new ProblemException($"'{Path.GetFileName(archivePath)}' is no archive of a container.");
        }

        var stamp = ArchiveStamp.Of(archivePath);
        var index = IndexOf(archivePath);
        if (TreeIndex.Open(index) is not { } tree)
        {
            return null;
        }

        if (tree.Source != stamp)
        {
            tree.Dispose();
            return null;
        }

        File.SetLastAccessTimeUtc(index, time.GetUtcNow().UtcDateTime);
        return tree;
    }

    /// <summary>Begins to make an archive's index, or joins who does already. It goes on when nobody waits for it; one that failed is told of for a while, so that who asks again and again does not read the archive each time.</summary>
    /// <param name="again">Whether to begin anew though it failed just now.</param>
    public TreeMaking Make(string archivePath, bool again = false)
    {
        if (_making.TryGetValue(archivePath, out var failed) && failed.Done.IsFaulted && (again || time.GetElapsedTime(failed.Ended) > ToldFor))
        {
            _making.TryRemove(new(archivePath, failed));
        }

        var making = _making.GetOrAdd(archivePath, path => new TreeMaking(path));
        making.Begin(() => MakeInTurnAsync(making));
        return making;
    }

    public void Dispose()
    {
        foreach (var making in _making.Values)
        {
            making.Cancel();
        }
    }

    // One at a time: it reads as much as a backup writes.
    private async Task MakeInTurnAsync(TreeMaking making)
    {
        try
        {
            await _turn.WaitAsync(making.Cancelled);
            try
            {
                await MakeAsync(making);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            making.Ended = time.GetTimestamp();
            throw;
        }
        catch
        {
            _making.TryRemove(new(making.ArchivePath, making));
            throw;
        }

        _making.TryRemove(new(making.ArchivePath, making));
    }

    private async Task MakeAsync(TreeMaking making)
    {
        var stamp = ArchiveStamp.Of(making.ArchivePath);
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        RemoveHalves();
        var (index, half) = (IndexOf(making.ArchivePath), IndexOf(making.ArchivePath) + ".new");
        try
        {
            await using var input = decompressor.Open(making.ArchivePath);
            using var spill = File.OpenHandle(half + ".sort", FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
            var sorter = new TreeSorter(spill);
            var growth = new TreeGrowth(sorter);
            await growth.RunAsync(
                input.Output,
                () =>
                {
                    making.Progress = new TreeProgress(input.Position, input.Length);
                    if (sorter.SpilledBytes > MostIndexBytes)
                    {
                        throw new ProblemException($"'{Path.GetFileName(making.ArchivePath)}' holds more files than can be listed here. Unpack it with tar.");
                    }
                },
                making.Cancelled);
            TreeIndex.Write(half, stamp, growth, sorter.Merge(), making.Cancelled);
            File.Move(half, index, overwrite: true);
            Forget(index);
        }
        finally
        {
            File.Delete(half);
        }
    }

    // What a killed program left: nothing else is made at this moment, in this folder of one program.
    private void RemoveHalves()
    {
        foreach (var left in Directory.EnumerateFiles(Folder).Where(file => Path.GetExtension(file) != Ending))
        {
            File.Delete(left);
        }
    }

    private void Forget(string latest)
    {
        var kept = 0L;
        foreach (var file in new DirectoryInfo(Folder).EnumerateFiles("*" + Ending).OrderByDescending(file => file.FullName == latest).ThenByDescending(file => file.LastAccessTimeUtc))
        {
            kept += file.Length;
            if (kept > MostKeptBytes)
            {
                file.Delete();
            }
        }
    }

    private string IndexOf(string archivePath) => Path.Combine(Folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(archivePath)))[..32] + Ending);
}
