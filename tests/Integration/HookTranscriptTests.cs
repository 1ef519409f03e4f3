using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The calls of a hook script, word by word, for each mode and each way in which a backup may end. Scripts out there rely on them.</summary>
public sealed class HookTranscriptTests
{
    private const string Begin = "job-init job-start";
    private const string Away = "backup-start pre-stop";
    private const string Back = "pre-restart post-restart";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Storage, mode, the phase at which the script says no ("" for never), and the calls. In stop mode a container is back only after its archive.
    public static TheoryData<string, BackupMode, string, string> Transcripts => new()
    {
        { "dir", BackupMode.Suspend, "", $"{Begin} {Away} {Back} backup-end log-end job-end" },
        { "dir", BackupMode.Suspend, "backup-start", $"{Begin} backup-start backup-abort log-end job-end" },
        { "dir", BackupMode.Suspend, "pre-stop", $"{Begin} {Away} backup-abort log-end job-end" },
        { "dir", BackupMode.Suspend, "pre-restart", $"{Begin} {Away} {Back} backup-abort log-end job-end" },
        { "dir", BackupMode.Suspend, "post-restart", $"{Begin} {Away} {Back} backup-abort log-end job-end" },
        { "dir", BackupMode.Suspend, "backup-end", $"{Begin} {Away} {Back} backup-end backup-abort log-end job-end" },
        { "dir", BackupMode.Snapshot, "", $"{Begin} {Away} {Back} backup-end log-end job-end" }, // falls back to suspend
        { "btrfs", BackupMode.Snapshot, "", $"{Begin} {Away} {Back} backup-end log-end job-end" },
        { "btrfs", BackupMode.Snapshot, "pre-stop", $"{Begin} {Away} backup-abort log-end job-end" },
        { "btrfs", BackupMode.Snapshot, "pre-restart", $"{Begin} {Away} {Back} backup-abort log-end job-end" },
        { "btrfs", BackupMode.Snapshot, "backup-end", $"{Begin} {Away} {Back} backup-end backup-abort log-end job-end" },
        { "btrfs", BackupMode.Stop, "", $"{Begin} {Away} backup-end {Back} log-end job-end" },
    };

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task A_script_is_called_at_each_phase_in_vzdumps_order(string storage, BackupMode mode, string refusal, string calls)
    {
        await using var container = await RecordingContainer.StartAsync("native", storage);
        var script = await HookRecorder.WriteAsync(container.Harness, $"[ $1 = '{refusal}' ] && exit 3");

        var (result, events) = await container.Harness.BackUpAsync(
            new BackupSettings { Mode = mode, Compress = CompressionKind.None, Script = script }, (await container.GuestAsync()).Id.Value);

        Assert.Equal(refusal.Length == 0, result.Succeeded);
        Assert.Equal(calls, await HookRecorder.PhasesAsync(container.Harness));
        var told = storage == "dir" && mode is BackupMode.Snapshot ? BackupMode.Suspend : mode;
        Assert.All((await HookRecorder.CallsAsync(container.Harness)).Where(call => call.Contains("VMTYPE", StringComparison.Ordinal)), call => Assert.Contains($" {told.VzdumpName} ", call, StringComparison.Ordinal));
        Assert.True(refusal.Length == 0 || events.Text.Contains($"failed at {refusal} (exit code 3)", StringComparison.Ordinal), events.Text);
        await container.GoesOnAsync();
        await container.AssertCleanAsync();
    }

    [Theory]
    [InlineData("dir", BackupMode.Suspend)]
    [InlineData("btrfs", BackupMode.Snapshot)]
    public async Task A_cancelled_backup_calls_backup_abort_log_end_and_job_abort(string storage, BackupMode mode)
    {
        await using var container = await RecordingContainer.StartAsync("native", storage, fillMiB: 8);
        var script = await HookRecorder.WriteAsync(container.Harness, "");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var settings = new BackupSettings { Mode = mode, Compress = CompressionKind.None, BandwidthLimitKiB = 1024, Script = script };
        var running = container.Harness.Engine.RunAsync(EngineHarness.JobOf(settings, (await container.GuestAsync()).Id.Value), events, cancel.Token);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 });

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal($"{Begin} {Away} {Back} backup-abort log-end job-abort", await HookRecorder.PhasesAsync(container.Harness));
        await container.GoesOnAsync();
        await container.AssertCleanAsync();
    }
}
