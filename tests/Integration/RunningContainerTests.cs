using System.Globalization;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class RunningContainerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_container_is_stopped_archived_and_running_again()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        await container.StartAsync();
        var before = await container.InitPidAsync();
        var guest = await FindAsync(harness, container);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), guest.Id.Value);

        Assert.True(result.Succeeded, events.Text);
        Assert.True(await container.IsRunningAsync());
        Assert.NotEqual(before, await container.InitPidAsync());
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        // It was at rest: the last act of its init is in the archive, and the counters, written one after the other, fit together.
        Assert.Equal("stopped", (await Shell.ShAsync($"zstd -dc '{archive}' | tar xOf - ./var/stopped")).Trim());
        var first = int.Parse(await Shell.ShAsync($"zstd -dc '{archive}' | tar xOf - ./var/first"), CultureInfo.InvariantCulture);
        var second = int.Parse(await Shell.ShAsync($"zstd -dc '{archive}' | tar xOf - ./var/second"), CultureInfo.InvariantCulture);
        Assert.InRange(first - second, 0, 1);
        Assert.Equal("./etc/vzdump/pct.conf", (await Shell.ShAsync($"zstd -dc '{archive}' | tar tf - > '{harness.Folder}/list'; head -1 '{harness.Folder}/list'")).Trim());
        Assert.Contains("INFO: status = running", events.Lines);
        Assert.Contains(events.Lines, line => line.StartsWith("INFO: guest is online again after", StringComparison.Ordinal));
        Assert.Empty(harness.Leftovers());
        Assert.Null((await StateAsync(harness, container)).Lock);
    }

    [Fact]
    public async Task A_backup_tells_how_many_bytes_and_files_it_has_read_of_how_many_and_which_file_it_is_at()
    {
        await using var container = await RecordingContainer.StartAsync("native", "dir", fillMiB: 10);

        var (result, events) = await container.Harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Suspend, Compress = CompressionKind.None, BandwidthLimitKiB = 2048 }, (await container.GuestAsync()).Id.Value);

        Assert.True(result.Succeeded, events.Text);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        var members = (await Shell.RunAsync("tar", "tf", archive)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var progress = events.All.OfType<BackupEvent.TaskProgressed>().Select(told => told.Progress).ToList();
        Assert.Equal((members.Length, members.Length, 1d), (progress[^1].DoneFiles, progress[^1].TotalFiles, progress[^1].Fraction));
        Assert.Equal(progress.Select(told => told.DoneFiles), progress.Select(told => told.DoneFiles).Order());
        // Known long before the end, and near what it is then: the ten mebibytes are 40 files of the tree's some 70.
        var early = progress.First(told => told.TotalFiles is not null);
        Assert.InRange(early.DoneBytes, 0, progress[^1].DoneBytes / 2);
        Assert.InRange(early.TotalFiles!.Value, members.Length / 2, members.Length * 2);
        Assert.InRange(early.TotalBytes!.Value, progress[^1].DoneBytes / 2, progress[^1].DoneBytes * 2);
        Assert.Contains(progress, told => told.Path is { } path && path.StartsWith("fill/", StringComparison.Ordinal) && members.Contains($"./{path}"));
        Assert.Contains(events.Lines, line => line.Contains(" files, at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_backup_leaves_the_container_running_and_nothing_behind()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 20);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.Zstd) with { BandwidthLimitKiB = 1024 }, guest.Id.Value), events, cancel.Token);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 });
        Assert.False(await container.IsRunningAsync());
        Assert.NotEmpty(harness.Leftovers());

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(await container.IsRunningAsync(), events.Text);
        Assert.Empty(harness.Leftovers());
        Assert.Null((await StateAsync(harness, container)).Lock);
        Assert.Contains(events.Lines, line => line.StartsWith($"ERROR: Backup of VM {guest.Id} failed - interrupted", StringComparison.Ordinal));
        Assert.DoesNotContain(Directory.EnumerateFiles(harness.Dump), path => !path.EndsWith(".log", StringComparison.Ordinal));
        Assert.Contains(events.All, value => value is BackupEvent.TaskFinished { Outcome: TaskOutcome.Cancelled });
    }

    [Fact]
    public async Task A_container_that_was_still_shutting_down_when_the_backup_was_cancelled_runs_again()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, init: """
            #!/bin/busybox sh
            trap 'echo asked > /var/asked; sleep 3; exit 0' PWR
            echo yes > /var/started
            while true; do sleep 0.1; done
            """);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.None), guest.Id.Value), events, cancel.Token);
        await Until.TrueAsync(() => File.Exists(Path.Combine(container.Root, "var/asked")), "the container was asked to stop");
        Assert.True(await container.IsRunningAsync());
        var before = await container.InitPidAsync();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(await container.IsRunningAsync(), events.Text);
        Assert.NotEqual(before, await container.InitPidAsync());
    }

    [Fact]
    public async Task A_backup_that_fails_midway_leaves_the_container_running_and_says_why()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var disk = await SmallDisk.MountAsync(harness.Dump, mebibytes: 12);
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 30);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), guest.Id.Value);

        var failed = Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome);
        Assert.Contains("The storage 'local' is full", failed.Reason, StringComparison.Ordinal);
        Assert.True(await container.IsRunningAsync(), events.Text);
        Assert.Empty(harness.Leftovers());
        Assert.Null((await StateAsync(harness, container)).Lock);
    }

    [Theory]
    [InlineData("stopping virtual guest")]
    [InlineData("creating vzdump archive")]
    [InlineData("DATA FLOWS")]
    public async Task A_container_whose_backup_was_killed_is_put_right_by_the_next_start(string moment)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 20);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        using var victim = Victim.Start("backup", harness.Folder, harness.LxcFolder, $"{guest.Id}", "1024");
        await victim.WaitForKillAsync(moment);
        Assert.NotEmpty(harness.Leftovers());
        Assert.Equal("backup", (await StateAsync(harness, container)).Lock);

        var said = await harness.Engine.RecoverAsync(Cancellation);

        Assert.True(await container.IsRunningAsync(), string.Join('\n', said));
        Assert.Empty(harness.Leftovers());
        Assert.Null((await StateAsync(harness, container)).Lock);
        await Until.TrueAsync(async () => (await Shell.ShAsync($"pgrep -f '{harness.Folder}' || true")).Trim().Split('\n').All(pid => pid.Length == 0 || !IsTar(pid)), "the killed backup's tar is gone");
        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), guest.Id.Value);
        Assert.True(result.Succeeded, events.Text);
    }

    [Fact]
    public async Task A_second_look_gives_a_container_the_same_VMID()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var one = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        var first = await FindAsync(harness, one);
        await using var two = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        await using var later = new EngineHarness(harness.Folder, harness.LxcFolder);

        Assert.Equal(first.Id, (await FindAsync(later, one)).Id);
        Assert.NotEqual(first.Id, (await FindAsync(later, two)).Id);
        Assert.DoesNotContain((await FindAsync(later, two)).Id.Value, (int[])[100, 101]);
    }

    private static bool IsTar(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid.Trim()}/comm").Trim() == "tar";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<Guest> FindAsync(EngineHarness harness, BusyboxContainer container) => (await StateAsync(harness, container)).Guest;

    private static async Task<GuestState> StateAsync(EngineHarness harness, BusyboxContainer container) =>
        Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name);
}
