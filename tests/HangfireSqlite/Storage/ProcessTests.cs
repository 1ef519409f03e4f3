using System.Diagnostics;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Data.Sqlite;
using VzDump.HangfireSqlite.Upkeep;
using VzDump.Tests.HangfireSqlite.Contract;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Storage;

/// <summary>Several processes on one file, and what is left when one is killed.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Three_processes_share_the_jobs_and_no_job_runs_twice()
    {
        using var rig = new SqliteRig();
        var log = Directory.CreateDirectory(Path.Combine(rig.Folder, "log")).FullName;
        using var one = WorkerProcess.Start("serve", rig.File, log, "5");
        using var two = WorkerProcess.Start("serve", rig.File, log, "5");
        using var three = WorkerProcess.Start("serve", rig.File, log, "5");
        using (var enqueuing = WorkerProcess.Start("enqueue", rig.File, "default", "100", "150"))
        {
            enqueuing.End();
        }

        var lines = await LinesAsync(log, "end", 150);

        one.End();
        two.End();
        three.End();
        Assert.Equal(150, lines.Count(line => line.StartsWith("begin", StringComparison.Ordinal)));
        Assert.Equal(150, lines.Select(line => line.Split(' ')[1]).Distinct().Count());
        Assert.Equal(3, lines.Select(line => line.Split(' ')[2]).Distinct().Count());
        Assert.Equal(150, rig.Monitor.SucceededListCount());
    }

    [Fact]
    public async Task Jobs_of_a_killed_process_run_again_elsewhere_within_seconds_and_the_others_go_on()
    {
        using var rig = new SqliteRig();
        var log = Directory.CreateDirectory(Path.Combine(rig.Folder, "log")).FullName;
        using var survivor = WorkerProcess.Start("serve", rig.File, log, "2");
        using var victim = WorkerProcess.Start("serve", rig.File, log, "2");
        using (var enqueuing = WorkerProcess.Start("enqueue", rig.File, "default", "4000", "4"))
        {
            enqueuing.End();
        }

        await LinesAsync(log, "begin", 4);

        victim.Kill();
        var killed = Stopwatch.GetTimestamp();

        var lines = await LinesAsync(log, "end", 4);
        Assert.All(lines.Where(line => line.StartsWith("end", StringComparison.Ordinal)), line => Assert.Equal($"{survivor.Id}", line.Split(' ')[2]));
        Assert.Equal(6, lines.Count(line => line.StartsWith("begin", StringComparison.Ordinal)));
        TestContext.Current.TestOutputHelper?.WriteLine($"All four had ended {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.0} s after the kill.");
        survivor.End();
        Assert.Equal("ok", Integrity(rig.File));
    }

    [Fact]
    public void A_process_killed_between_its_writes_leaves_whole_commits_and_a_sound_file()
    {
        using var rig = new SqliteRig();
        for (var round = 0; round < 5; round++)
        {
            using var committing = WorkerProcess.Start("commit", rig.File);
            Until(() => rig.Read(connection => connection.GetListCount("list")) > (round + 1) * 50);
            committing.Kill();

            var (one, two, newest) = rig.Read(connection =>
                (connection.GetValueFromHash("one", "number"), connection.GetValueFromHash("two", "number"), connection.GetRangeFromList("list", 0, 0)[0]));
            Assert.Equal((one, one), (two, newest));
        }

        rig.Sqlite.Dispose();
        Assert.Equal("ok", Integrity(rig.File));
    }

    [Fact]
    public void A_lock_of_a_killed_process_is_free_at_once()
    {
        using var rig = new SqliteRig();
        using var holding = WorkerProcess.Start("hold", rig.File, "resource");
        using var connection = rig.Connect();
        Assert.Throws<DistributedLockTimeoutException>(() => connection.AcquireDistributedLock("resource", TimeSpan.FromMilliseconds(200)));
        connection.AcquireDistributedLock("other", TimeSpan.Zero).Dispose();

        holding.Kill();

        connection.AcquireDistributedLock("resource", TimeSpan.FromSeconds(1)).Dispose();
    }

    [Fact]
    public void A_job_of_a_process_that_lives_is_not_put_back_and_that_of_a_dead_one_is()
    {
        using var rig = new SqliteRig();
        var log = Directory.CreateDirectory(Path.Combine(rig.Folder, "log")).FullName;
        using var serving = WorkerProcess.Start("serve", rig.File, log, "1");
        using (var enqueuing = WorkerProcess.Start("enqueue", rig.File, "default", "60000", "1"))
        {
            enqueuing.End();
        }

        Until(() => rig.Monitor.FetchedCount("default") == 1);
        var recovery = new Recovery(rig.Sqlite.Open());

        recovery.PutBack();
        Assert.Equal(1, rig.Monitor.FetchedCount("default"));
        serving.Kill();
        recovery.PutBack();

        Assert.Equal((0, 1), (rig.Monitor.FetchedCount("default"), rig.Monitor.EnqueuedCount("default")));
    }

    [Fact]
    public async Task A_job_that_another_process_enqueues_wakes_a_waiting_worker()
    {
        using var rig = new SqliteRig();
        using var server = new Hangfire.BackgroundJobServer(new Hangfire.BackgroundJobServerOptions { Queues = ["other"], WorkerCount = 1 }, rig.Storage);
        using var cancel = new CancellationTokenSource(Patience);
        var fetching = Task.Factory.StartNew(
            () =>
            {
                using var connection = rig.Connect();
                using var job = connection.FetchNextJob(["default"], cancel.Token);
                job.RemoveFromQueue();
            },
            TaskCreationOptions.LongRunning);

        using var enqueuing = WorkerProcess.Start("enqueue", rig.File, "default", "0", "1");
        enqueuing.End();

        await fetching;
    }

    private static void Until(Func<bool> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "It took too long.");
            Thread.Sleep(10);
        }
    }

    private static async Task<string[]> LinesAsync(string log, string what, int count)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] lines = [.. Directory.GetFiles(log).Select(Path.GetFileName)!];
            if (lines.Count(line => line.StartsWith(what, StringComparison.Ordinal)) >= count)
            {
                return lines;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{lines.Length} lines only.");
            await Task.Delay(50);
        }
    }

    private static string? Integrity(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return command.ExecuteScalar() as string;
    }
}
