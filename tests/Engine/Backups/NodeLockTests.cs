using System.Diagnostics;
using System.Globalization;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Backups;

public sealed class NodeLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-lock-").FullName;

    private string LockFile => Path.Combine(_folder, "vzdump.lock");

    private string PidFile => Path.Combine(_folder, "vzdump.pid");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Beside_the_held_lock_stands_a_pid_file_as_vzdump_writes_it_which_goes_with_the_lock()
    {
        var held = await TakeAsync();

        var fields = (await File.ReadAllTextAsync(PidFile, Cancellation)).Split(':');
        Assert.Equal(["UPID", Environment.MachineName, "vzdump", "", "root@pam", "\n"], [.. fields[..2], .. fields[5..]]);
        Assert.All(fields[2..5], field => Assert.Matches("^[0-9A-F]{8,}$", field));
        // What vzdump's option stop looks at: a living process with this start time.
        var (pid, start) = (Convert.ToInt32(fields[2], 16), Convert.ToInt64(fields[3], 16));
        Assert.NotEqual(Environment.ProcessId, pid);
        Assert.Equal($"{start}", (await File.ReadAllTextAsync($"/proc/{pid}/stat", Cancellation)).Split(' ')[21]);
        await held.DisposeAsync();
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

        await held.DisposeAsync();

        Directory.CreateDirectory(_folder);
        IsFree();
    }

    [Fact]
    public async Task A_real_vzdump_that_ends_the_process_in_the_pid_file_stops_the_work_under_the_lock_and_not_this_program()
    {
        await using var held = await TakeAsync();
        var pid = Convert.ToInt32((await File.ReadAllTextAsync(PidFile, Cancellation)).Split(':')[2], 16);
        var stopped = new TaskCompletionSource();
        await using var hears = held.Stopped.Register(stopped.SetResult);

        using var kill = Process.Start("kill", ["-TERM", $"{pid}"]);

        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    [Fact]
    public async Task Stop_ends_a_foreign_backup_that_the_pid_file_names_and_waits_for_its_end()
    {
        // What a real vzdump does: holds the lock, and lets go of it a moment after TERM.
        using var foreign = Process.Start("flock", [LockFile, "bash", "-c", $"trap 'sleep 1; exit' TERM; echo > '{_folder}/ready'; while :; do sleep 0.1; done"]);
        await UntilAsync(() => File.Exists(Path.Combine(_folder, "ready")));
        var bash = int.Parse(File.ReadAllText($"/proc/{foreign.Id}/task/{foreign.Id}/children").Trim(), CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(PidFile, UniqueProcessId.Of(bash, TimeProvider.System) + "\n", Cancellation);

        await NodeLock.StopHolderAsync(LockFile, TimeProvider.System, Cancellation);

        await UntilAsync(() => foreign.HasExited); // flock ends when the program under its lock does
        await using var held = await TakeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("no pid file")]
    [InlineData("UPID:node:00000001:00000000:6741B3C0:vzdump::root@pam:")]
    public async Task Stop_leaves_alone_whom_a_left_over_pid_file_does_not_name_for_sure(string text)
    {
        await File.WriteAllTextAsync(PidFile, text, Cancellation);

        await NodeLock.StopHolderAsync(LockFile, TimeProvider.System, Cancellation);
    }

    [Fact]
    public async Task Stop_leaves_a_process_alone_that_was_given_the_pid_of_an_old_backup()
    {
        using var other = Process.Start("sleep", ["60"]);
        await File.WriteAllTextAsync(PidFile, string.Create(CultureInfo.InvariantCulture, $"UPID:{Environment.MachineName}:{other.Id:X8}:00000001:6741B3C0:vzdump::root@pam:\n"), Cancellation);

        await NodeLock.StopHolderAsync(LockFile, TimeProvider.System, Cancellation);

        Assert.False(other.HasExited);
        other.Kill();
    }

    private static async Task UntilAsync(Func<bool> seen)
    {
        for (var tries = 0; !seen(); tries++)
        {
            Assert.True(tries < 600, "waited for a minute");
            await Task.Delay(100, Cancellation);
        }
    }

    private Task<NodeLock> TakeAsync() => NodeLock.TakeAsync(
        LockFile, TimeSpan.Zero, () => Assert.Fail("nobody holds it"), () => Assert.Fail("nobody held it"), new HostPrograms(), TimeProvider.System, Cancellation);

    private void IsFree()
    {
        using var again = FileLock.TryTake(LockFile);
        Assert.NotNull(again);
    }
}
