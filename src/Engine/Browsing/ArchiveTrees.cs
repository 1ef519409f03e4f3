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
public sealed class ArchiveTrees(NodePaths paths, Decompressor decompressor, ArchiveReadings readings, TimeProvider time)
{
    /// <summary>What the indexes of all archives may take together, in bytes; those that were not used for the longest time go first.</summary>
    public const long MostKeptBytes = 4L << 30;

    /// <summary>No index takes more, in bytes: about ten million files.</summary>
    public const long MostIndexBytes = 1L << 30;

    private const string Ending = ".tree";

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

    /// <summary>Begins to make an archive's index, or joins who does already.</summary>
    /// <param name="again">Whether to begin anew though it failed just now.</param>
    public ArchiveReading Make(string archivePath, bool again = false) => readings.Begin($"files of {archivePath}", again, reading => MakeAsync(archivePath, reading));

    private async Task MakeAsync(string archivePath, ArchiveReading reading)
    {
        var stamp = ArchiveStamp.Of(archivePath);
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        RemoveHalves();
        var (index, half) = (IndexOf(archivePath), IndexOf(archivePath) + ".new");
        try
        {
            await using var input = decompressor.Open(archivePath);
            using var spill = File.OpenHandle(half + ".sort", FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
            var sorter = new TreeSorter(spill);
            var growth = new TreeGrowth(sorter);
            await growth.RunAsync(
                input.Output,
                () =>
                {
                    reading.Progress = new ReadProgress(input.Position, input.Length);
                    if (sorter.SpilledBytes > MostIndexBytes)
                    {
                        throw new ProblemException($"'{Path.GetFileName(archivePath)}' holds more files than can be listed here. Unpack it with tar.");
                    }
                },
                reading.Cancelled);
            TreeIndex.Write(half, stamp, growth, sorter.Merge(), reading.Cancelled);
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
        foreach (var left in ((string[])["*.tree.new", "*.tree.new.sort", "*.tree.new.table"]).SelectMany(name => Directory.EnumerateFiles(Folder, name)))
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
