using VzDump.Engine.Compression;
using VzDump.Engine.Storages;
using VzDump.Jobs;
using VzDump.Jobs.History;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class HistoryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_storage_tells_the_history_of_an_installation_that_is_lost()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 101);
        Assert.True(result.Succeeded);

        var backup = Assert.Single((await ListAsync(harness)).Backups);

        Assert.Equal((101, RunTaskState.Done, "local", null), (backup.Guest.Value, backup.State, backup.Storage, backup.Run));
        Assert.True(File.Exists(backup.ArchivePath));
        Assert.True(File.Exists(backup.LogPath));
        Assert.True(backup.FinishedAt >= backup.StartedAt);
    }

    [Fact]
    public async Task Logs_of_a_real_vzdump_tell_what_failed_and_what_was_removed_since()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        Directory.CreateDirectory(harness.Dump);
        await LogAsync("vzdump-qemu-100-2026_08_20-02_00_04.log", "2026-08-20 02:00:04 INFO: Starting Backup of VM 100 (qemu)", "2026-08-20 02:00:05 ERROR: Backup of VM 100 failed - no space left on device");
        await LogAsync("vzdump-lxc-101-2026_08_21-03_00_00.log", "Aug 21 03:00:00 INFO: Starting Backup of VM 101 (lxc)", "Aug 21 03:01:07 INFO: Finished Backup of VM 101 (00:01:07)");
        await LogAsync("vzdump-lxc-101-2026_08_22-03_00_00.log", "Aug 22 03:00:00 INFO: Starting Backup of VM 101 (lxc)", new string('x', 100_000));
        await LogAsync("vzdump-lxc-102-2026_08_22-03_00_00.log", "\u0000\u0001 no log at all");
        await LogAsync("vzdump-lxc-strange.log", "nor this");

        var backups = (await ListAsync(harness)).Backups;

        Assert.Equal(
            [(102, RunTaskState.Failed, null), (101, RunTaskState.Cancelled, null), (101, RunTaskState.Done, null), (100, RunTaskState.Failed, "no space left on device")],
            backups.OrderByDescending(backup => backup.StartedAt).ThenByDescending(backup => backup.Guest.Value).Select(backup => (backup.Guest.Value, backup.State, backup.Error)));
        Assert.Equal(TimeSpan.FromSeconds(67), Assert.Single(backups, backup => backup.State is RunTaskState.Done).FinishedAt - new DateTimeOffset(new DateTime(2026, 8, 21, 3, 0, 0, DateTimeKind.Local)));

        Task LogAsync(string name, params string[] lines) => File.WriteAllLinesAsync(Path.Combine(harness.Dump, name), lines, Cancellation);
    }

    [Fact]
    public async Task What_is_recorded_and_told_by_a_storage_is_one_backup()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var options = new JobsOptions { DataFolder = harness.Folder };
        await using (var context = new JobsDatabase(options).Open())
        {
            await ProductDatabase.MigrateAsync(context.Database, options, TimeProvider.System, Cancellation);
        }

        // One with an archive, and one that failed: its log is beside where the archive would be.
        var store = new RunStore(new JobsDatabase(options));
        await RunAsync(EngineHarness.Stop(CompressionKind.Zstd));
        await File.WriteAllTextAsync(Path.Combine(harness.Folder, "fails"), "#!/bin/sh\n[ \"$1\" != backup-start ]\n", Cancellation);
        File.SetUnixFileMode(Path.Combine(harness.Folder, "fails"), (UnixFileMode)0b111_101_101);
        await RunAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Script = Path.Combine(harness.Folder, "fails") });

        var backups = (await ListAsync(harness)).Backups;

        Assert.Equal([RunTaskState.Failed, RunTaskState.Done], backups.Select(backup => backup.State));
        Assert.All(backups, backup => Assert.NotNull(backup.Run));
        Assert.Equal("local", backups[1].Storage);

        async Task RunAsync(VzDump.Engine.Backups.BackupSettings settings)
        {
            var run = new Run { Id = Guid.CreateVersion7(), Job = EngineHarness.JobOf(settings, 101), StartedBy = "alice", CreatedAt = TimeProvider.System.GetUtcNow() };
            await store.AddAsync(run, Cancellation);
            await store.TryClaimAsync(run.Id, run.CreatedAt, Cancellation);
            var live = new LiveRun(new RunChanges());
            live.Begin(run);
            var result = await harness.Engine.RunAsync(run.Job, live, Cancellation);
            await store.FinishAsync(live.Now! with { State = result.Succeeded ? RunState.Succeeded : RunState.Failed, FinishedAt = TimeProvider.System.GetUtcNow() }, Cancellation);
            await Task.Delay(TimeSpan.FromSeconds(1.1), TimeProvider.System, Cancellation); // archives are named after seconds
        }
    }

    private static async Task<BackupHistory> ListAsync(EngineHarness harness)
    {
        var options = new JobsOptions { DataFolder = harness.Folder };
        await using (var context = new JobsDatabase(options).Open())
        {
            await ProductDatabase.MigrateAsync(context.Database, options, TimeProvider.System, Cancellation);
        }

        var storages = new StorageHistory(harness.Get<StorageInventory>(), TimeProvider.System);
        return await new PastBackups(storages, new RunStore(new JobsDatabase(options)), new LiveRuns()).ListAsync(DateTimeOffset.UnixEpoch, Cancellation);
    }
}
