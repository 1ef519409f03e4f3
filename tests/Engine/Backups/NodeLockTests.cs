using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Backups;

public sealed class NodeLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-lock-").FullName;

    private string LockFile => Path.Combine(_folder, "vzdump.lock");

    private string PidFile => Path.Combine(_folder, "vzdump.pid");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Beside_the_held_lock_stands_a_pid_file_as_vzdump_writes_it_which_goes_with_the_lock()
    {
        var held = await TakeAsync();

        var fields = (await File.ReadAllTextAsync(PidFile, TestContext.Current.CancellationToken)).Split(':');
        Assert.Equal(["UPID", Environment.MachineName, $"{Environment.ProcessId:X8}", "vzdump", "", "root@pam", "\n"], [.. fields[..3], .. fields[5..]]);
        Assert.All(fields[2..5], field => Assert.Matches("^[0-9A-F]{8,}$", field));
        held.Dispose();
        Assert.False(File.Exists(PidFile));
        Assert.True(File.Exists(LockFile), "another program may be about to lock this very file");
        IsFree();
    }

    [Fact]
    public async Task A_pid_file_that_cannot_be_written_frees_the_lock_again()
    {
        Directory.CreateDirectory(PidFile);

        var problem = await Assert.ThrowsAsync<ProblemException>(TakeAsync);

        Assert.Contains($"The pid file '{PidFile}' cannot be written", problem.Message, StringComparison.Ordinal);
        IsFree();
    }

    [Fact]
    public async Task The_lock_is_freed_also_when_its_folder_has_gone()
    {
        var held = await TakeAsync();
        Directory.Delete(_folder, recursive: true);

        held.Dispose();

        Directory.CreateDirectory(_folder);
        IsFree();
    }

    private Task<NodeLock> TakeAsync() => NodeLock.TakeAsync(LockFile, TimeSpan.Zero, () => Assert.Fail("nobody holds it"), TimeProvider.System, TestContext.Current.CancellationToken);

    private void IsFree()
    {
        using var again = FileLock.TryTake(LockFile);
        Assert.NotNull(again);
    }
}
