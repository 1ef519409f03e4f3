using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Hooks;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Tests.Engine.Backups;

public sealed class TaskFoldersTests
{
    [Theory]
    [InlineData(GuestKind.Lxc, "/tmp", null, "/tmp/")]
    [InlineData(GuestKind.Lxc, "/proc", null, "/var/tmp/")] // a file system that keeps no owners
    [InlineData(GuestKind.Qemu, "/proc", null, "/proc/")] // a machine's temporary files are its configuration
    [InlineData(GuestKind.Lxc, "/proc", "/srv/tmp", "/srv/tmp/")]
    public void Temporary_files_go_to_tmpdir_else_beside_the_archive_if_that_file_system_keeps_owners_and_links(GuestKind kind, string storage, string? tmpdir, string folder)
    {
        var name = ArchiveName.For(kind, GuestId.Parse("101"), new DateTime(2026, 11, 22, 3, 0, 1), CompressionKind.None);
        using var system = new SystemLog("/nowhere", TimeProvider.System);
        var log = new TaskLog(GuestId.Parse("101"), new Progress<BackupEvent>(), system, TimeProvider.System);
        var run = new RunContext(new BackupOptions { TemporaryFolder = tmpdir }, new BackupStorage("local", storage), new HookScript(new HostPrograms(), null), new HookRun(null, null));

        Assert.Equal(folder + name.TemporaryName, TaskFolders.Of(run, name, log));
    }
}
