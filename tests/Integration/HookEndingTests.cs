using System.Diagnostics;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>How a real hook script is called when a backup goes another way than the usual one.</summary>
public sealed class HookEndingTests
{
    private const string UntilStopped = "job-init job-start backup-start pre-stop";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_guest_is_backed_up_in_stop_mode_and_the_script_hears_of_no_stop_or_restart()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        var guest = await FindAsync(harness, container);
        var settings = new BackupSettings { Mode = BackupMode.Snapshot, Compress = CompressionKind.None, Script = await HookRecorder.WriteAsync(harness, "") };

        var (result, events) = await harness.BackUpAsync(settings, guest.Id.Value);

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal("job-init job-start backup-start backup-end log-end job-end", await HookRecorder.PhasesAsync(harness));
        Assert.All((await HookRecorder.CallsAsync(harness)).Where(call => call.Contains("VMTYPE", StringComparison.Ordinal)), call => Assert.Contains($" stop {guest.Id} ", call, StringComparison.Ordinal));
        Assert.False(await container.IsRunningAsync());
    }

    [Fact]
    public async Task A_full_storage_calls_backup_abort_after_the_guest_is_back()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var disk = await SmallDisk.MountAsync(harness.Dump, mebibytes: 12);
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 30);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        // The log in the full storage cannot be copied, which is no reason to leave log-end out.
        var script = await HookRecorder.WriteAsync(harness, $"[ $1 = backup-abort ] && lxc-info -s -H -n {container.Name} -P '{harness.LxcFolder}' && exit 3");

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Script = script }, guest.Id.Value);

        Assert.Contains("is full", Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome).Reason, StringComparison.Ordinal);
        Assert.Equal($"{UntilStopped} pre-restart post-restart backup-abort log-end job-end", await HookRecorder.PhasesAsync(harness));
        Assert.Contains("INFO: RUNNING", events.Lines);
        Assert.Contains(events.Lines, line => line.StartsWith("WARN:", StringComparison.Ordinal) && line.Contains("failed at backup-abort", StringComparison.Ordinal));
        Assert.True(await container.IsRunningAsync(), events.Text);
        Assert.Empty(harness.Leftovers());
    }

    [Fact]
    public async Task A_cancelled_run_calls_backup_abort_log_end_and_job_abort_but_not_job_end()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 20);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var settings = EngineHarness.Stop(CompressionKind.Zstd) with { BandwidthLimitKiB = 1024, Script = await HookRecorder.WriteAsync(harness, "") };
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(settings, guest.Id.Value, 100), events, cancel.Token);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 } progressed && progressed.Guest == guest.Id);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var phases = await HookRecorder.PhasesAsync(harness);
        Assert.EndsWith("backup-start pre-stop pre-restart post-restart backup-abort log-end job-abort", phases, StringComparison.Ordinal);
        Assert.DoesNotContain("job-end", phases, StringComparison.Ordinal);
        Assert.True(await container.IsRunningAsync(), events.Text);
        Assert.Empty(harness.Leftovers());
    }

    [Fact]
    public async Task A_script_that_does_not_end_is_ended_with_its_children_when_the_run_is_cancelled()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        var before = await container.InitPidAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var script = await HookRecorder.WriteAsync(harness, "if [ $1 = backup-start ]; then sleep 1234.5 & echo \"child=$!\"; wait; fi");
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.Zstd) with { Script = script }, guest.Id.Value), events, cancel.Token);
        await events.SeeLineAsync("child=");
        var child = events.Lines.Single(line => line.Contains("child=", StringComparison.Ordinal)).Split('=')[1];
        Assert.True(Directory.Exists($"/proc/{child}"));
        var watch = Stopwatch.StartNew();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
        await Until.TrueAsync(() => !File.Exists($"/proc/{child}/cmdline") || File.ReadAllText($"/proc/{child}/cmdline").Length == 0, "the script's child is gone");
        Assert.Equal("job-init job-start backup-start backup-abort log-end job-abort", await HookRecorder.PhasesAsync(harness));
        Assert.Equal(before, await container.InitPidAsync());
    }

    [Fact]
    public async Task At_log_end_the_whole_log_lies_beside_the_archive_with_each_line_that_the_script_printed()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var script = await HookRecorder.WriteAsync(harness, $"""
            if [ $1 = backup-end ]; then [ -e "$LOGFILE" ] && echo too early; printf 'one\n\e[31mtwo\n'; echo three >&2; fi
            [ $1 = log-end ] && cp "$LOGFILE" '{harness.Folder}/seen.log'
            """);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Script = script }, 101);

        Assert.True(result.Succeeded, events.Text);
        var lines = (await File.ReadAllLinesAsync(Path.Combine(harness.Folder, "seen.log"), Cancellation)).Select(line => line["Nov 22 03:00:01 ".Length..]).ToList();
        Assert.Contains("INFO: one", lines);
        Assert.Contains("INFO: \ufffd[31mtwo", lines);
        Assert.Contains("INFO: three", lines);
        Assert.DoesNotContain("INFO: too early", lines);
        Assert.StartsWith("INFO: Finished Backup of VM 101", lines[^2], StringComparison.Ordinal);
        Assert.StartsWith("INFO: Backup finished at 20", lines[^1], StringComparison.Ordinal);
    }

    private static async Task<Guest> FindAsync(EngineHarness harness, BusyboxContainer container) =>
        Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name).Guest;
}
