using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>On whose behalf a run works, where its archive goes, who may end it and who hears of it.</summary>
public sealed class RunTermsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_archive_of_one_guest_goes_to_a_stream_and_none_stays_on_the_storage()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var path = Path.Combine(harness.Folder, "out.tar.zst");
        var events = new EventList();
        RunResult result;
        await using (var output = File.Create(path))
        {
            result = await harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.Zstd), 101), new RunTerms { Output = output }, events, Cancellation);
        }

        var done = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome);
        Assert.Equal("-", done.ArchivePath);
        Assert.Equal(new FileInfo(path).Length, done.SizeBytes);
        Assert.Contains("INFO: sending archive to stdout", events.Lines);
        Assert.Contains("./etc/vzdump/pct.conf", await Shell.ShAsync($"zstd -dc '{path}' | tar t"), StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFiles(harness.Dump), file => Assert.EndsWith(".log", file, StringComparison.Ordinal));
        Assert.Empty(harness.Leftovers());
    }

    [Fact]
    public async Task A_stream_takes_one_guest_only()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();

        var result = await harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.None), 100, 101), new RunTerms { Output = Stream.Null }, new EventList(), Cancellation);

        Assert.Contains("one guest", result.Error, StringComparison.Ordinal);
        Assert.All(result.Tasks, task => Assert.IsType<TaskOutcome.Failed>(task.Outcome));
    }

    [Fact]
    public async Task A_reader_that_goes_away_fails_the_task_and_the_guest_is_free()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 8);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        using var pair = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        pair.DisposeLocalCopyOfClientHandle();

        var result = await harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.None), guest.Id.Value), new RunTerms { Output = pair }, new EventList(), Cancellation);

        Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome);
        Assert.True(await container.IsRunningAsync());
        Assert.Empty(harness.Leftovers());
    }

    [Fact]
    public async Task Of_all_guests_those_that_the_user_may_not_back_up_are_left_out_in_silence()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var events = new EventList();
        var job = new BackupJob { Selection = new GuestSelection.All([]), Settings = EngineHarness.Stop(CompressionKind.None) };

        var result = await harness.Engine.RunAsync(job, new RunTerms { MayBackUp = guest => guest.Value == 101 }, events, Cancellation);

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal([101], result.Tasks.Select(task => task.Guest.Value));
    }

    [Fact]
    public async Task Named_guests_that_the_user_may_not_back_up_end_the_run_before_it_begins()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var events = new EventList();

        var result = await harness.Engine.RunAsync(
            EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.None), 100, 101), new RunTerms { MayBackUp = guest => guest.Value == 101 }, events, Cancellation);

        Assert.Contains("may not back up 100", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Tasks);
        Assert.DoesNotContain(events.All, value => value is BackupEvent.TaskStarted);
    }

    [Fact]
    public async Task Stop_ends_the_running_backup_of_this_node_whose_guest_is_back_and_the_next_one_works()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        // Another program with the same lock, as a second installation or a script would be.
        await using var other = new EngineHarness(harness.Folder, harness.LxcFolder);
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 20);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        var events = new EventList();
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.None) with { BandwidthLimitKiB = 512 }, guest.Id.Value, 101), events, Cancellation);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 512 * 1024 });

        await other.Engine.StopRunningAsync(Cancellation);

        var result = await running;
        Assert.StartsWith("interrupted by signal", result.Error, StringComparison.Ordinal);
        Assert.All(result.Tasks, task => Assert.IsType<TaskOutcome.Cancelled>(task.Outcome));
        Assert.Equal(2, result.Tasks.Count);
        Assert.True(await container.IsRunningAsync(), events.Text);
        Assert.Empty(harness.Leftovers());
        Assert.True((await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), 101)).Result.Succeeded);
    }

    [Fact]
    public async Task All_that_is_wrong_before_the_first_guest_is_told_at_once()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var script = await HookRecorder.WriteAsync(harness, "exit 3");

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None) with { Storage = "nowhere", TemporaryFolder = "/no/tmp", Script = script }, 101);

        Assert.Equal(3, result.Error!.Split('\n').Length);
        Assert.Contains("failed at job-init", result.Error, StringComparison.Ordinal);
        Assert.Contains("tmpdir '/no/tmp' does not exist", result.Error, StringComparison.Ordinal);
        Assert.Contains("nowhere", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Important_lines_reach_the_hosts_system_log()
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        var socketPath = Path.Combine(folder, "system-log");
        using var log = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        log.Bind(new UnixDomainSocketEndPoint(socketPath));
        await using var harness = new EngineHarness(folder, systemLog: socketPath);
        await harness.MakeSamplesAsync();

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), 101, 999);

        Assert.False(result.Succeeded);
        var heard = new List<string>();
        var buffer = new byte[4096];
        while (log.Available > 0)
        {
            heard.Add(Encoding.UTF8.GetString(buffer, 0, log.Receive(buffer)));
        }

        // e.g. <30>Nov 22 03:00:01 vzdump[4711]: INFO: Starting Backup of VM 101 (lxc)
        Assert.All(heard, line => Assert.Matches($@"^<\d+>[A-Z][a-z]{{2}} \d\d \d\d:\d\d:\d\d vzdump\[{Environment.ProcessId}\]: (INFO|ERROR): ", line));
        Assert.Contains(heard, line => line.StartsWith("<30>", StringComparison.Ordinal) && line.EndsWith("INFO: Starting Backup of VM 101 (lxc)", StringComparison.Ordinal));
        Assert.Contains(heard, line => line.StartsWith("<27>", StringComparison.Ordinal) && line.Contains("ERROR: Backup of VM 999 failed", StringComparison.Ordinal));
        Assert.Contains(heard, line => line.Contains("starting new backup job: vzdump 101 999", StringComparison.Ordinal));
        Assert.Contains(heard, line => line.EndsWith("Backup job finished with errors", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_system_log_that_does_not_keep_up_holds_up_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        var socketPath = Path.Combine(folder, "system-log");
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint(socketPath));
        using var system = new VzDump.Engine.Host.SystemLog(socketPath, TimeProvider.System);
        var watch = Stopwatch.StartNew();

        for (var line = 0; line < 10_000; line++)
        {
            system.Write(VzDump.Engine.Host.SystemLogSeverity.Info, $"line {line}");
        }

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
        Directory.Delete(folder, recursive: true);
        await Task.CompletedTask;
    }

    private static async Task<Guest> FindAsync(EngineHarness harness, BusyboxContainer container) =>
        Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name).Guest;
}
