using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Backups;

/// <summary>Where a task's temporary files go: tmpdir, else beside the archive if that file system can hold a container's files, else the system's folder.</summary>
internal static class TaskFolders
{
    private const string OfSystem = "/var/tmp";

    // Those that keep owners, modes, links and devices; btrfs and overlay came after vzdump's list was written.
    private static readonly HashSet<string> KeepsFiles = new(StringComparer.Ordinal) { "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "nfs", "nfs4", "reiserfs", "jfs", "bcachefs", "f2fs" };

    public static string Of(RunContext run, ArchiveName name, TaskLog log)
    {
        var folder = run.Options.TemporaryFolder ?? run.Storage.Folder;
        if (run.Options.TemporaryFolder is null && name.Kind is GuestKind.Lxc && MountTable.FileSystemOf(folder) is { } type && !KeepsFiles.Contains(type))
        {
            log.Info($"filesystem type on dumpdir is '{type}' - using {OfSystem} for temporary files");
            folder = OfSystem;
        }

        return Path.Combine(folder, name.TemporaryName);
    }
}
