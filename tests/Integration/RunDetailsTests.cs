using System.Globalization;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Single options and rules of a run, each seen at work.</summary>
public sealed class RunDetailsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_means_every_guest_of_this_node_but_those_excluded()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        var job = new BackupJob { Selection = new GuestSelection.All([GuestId.Parse("100")]), Settings = EngineHarness.Stop(CompressionKind.None) };
        var events = new EventList();

        var result = await harness.Engine.RunAsync(job, events, Cancellation);

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal([101, 102], result.Tasks.Select(task => task.Guest.Value));
        Assert.Contains(events.Lines, line => line.StartsWith("INFO: starting new backup job: vzdump --all 1 --exclude 100", StringComparison.Ordinal) || line.Contains("--exclude 100", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_warns_of_what_vzdump_conf_should_not_hold_any_more()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await File.WriteAllTextAsync(Path.Combine(harness.Folder, "vzdump.conf"), "size: 1024\n", Cancellation);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), 101);

        Assert.True(result.Succeeded, events.Text);
        Assert.Contains(events.Lines, line => line.StartsWith("WARN: ", StringComparison.Ordinal) && line.EndsWith("vzdump.conf, line 1: option 'size' is deprecated and has no effect: remove it.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_log_beside_the_archive_has_vzdumps_form_line_by_line()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var script = await HookRecorder.WriteAsync(harness, """[ $1 = backup-start ] && printf 'two\nlines\n'""");

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Script = script }, 101);

        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        var lines = await File.ReadAllLinesAsync(archive.Replace(".tar.zst", ".log", StringComparison.Ordinal), Cancellation);
        Assert.All(lines, line => Assert.Matches(@"^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d (INFO|WARN|ERROR): ", line));
        var texts = lines.Select(line => line["Nov 22 03:00:01 INFO: ".Length..]).ToList();
        Assert.Equal("Starting Backup of VM 101 (lxc)", texts[0]);
        Assert.StartsWith("Backup started at 20", texts[1], StringComparison.Ordinal);
        Assert.Equal("status = stopped", texts[2]);
        Assert.Contains("two", texts);
        Assert.Contains("lines", texts);
        Assert.Contains("backup mode: stop", texts);
        Assert.Contains("ionice priority: 7", texts);
        Assert.Contains($"creating vzdump archive '{archive}'", texts);
        Assert.Contains(texts, text => text.StartsWith("archive file size: ", StringComparison.Ordinal));
        Assert.Matches(@"^Finished Backup of VM 101 \(\d\d:\d\d:\d\d\)$", texts[^2]);
        // The newest log of each guest stands in the log folder too; what log-end says comes after the copy.
        Assert.Equal([.. lines, "hook says log-end"], (await File.ReadAllLinesAsync(Path.Combine(harness.Folder, "log/vzdump/lxc-101.log"), Cancellation)).Select((line, at) => at < lines.Length ? line : line["Nov 22 03:00:01 INFO: ".Length..]));
    }

    [Fact]
    public async Task A_guest_that_does_not_end_in_time_is_ended_by_force_archived_and_started_again()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, init: """
            #!/bin/busybox sh
            trap 'echo asked > /var/asked' PWR
            echo yes > /var/started
            while true; do sleep 0.1; done
            """);
        await container.StartAsync();
        var before = await container.InitPidAsync();
        var guest = Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name).Guest;

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None) with { StopWaitMinutes = 0 }, guest.Id.Value);

        Assert.True(result.Succeeded, events.Text);
        Assert.True(await container.IsRunningAsync());
        Assert.NotEqual(before, await container.InitPidAsync());
    }

    [Fact]
    public async Task Every_program_of_the_pipeline_has_the_io_priority_that_was_asked_for()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 8);
        var guest = Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name).Guest;
        var events = new EventList();
        var settings = EngineHarness.Stop(CompressionKind.Zstd) with { IoNice = 8, BandwidthLimitKiB = 1024 };
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(settings, guest.Id.Value), events, Cancellation);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 });

        var priorities = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var child in await Task.WhenAll(Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(ProgramAsync)))
        {
            if (child is ("tar" or "zstd", var pid, true))
            {
                priorities[child.Name] = (await Shell.RunAsync("ionice", "-p", pid)).Trim();
            }
        }

        Assert.Equal(new Dictionary<string, string> { ["tar"] = "idle", ["zstd"] = "idle" }, priorities);
        Assert.True((await running).Succeeded, events.Text);

        async Task<(string Name, string Pid, bool IsOurs)> ProgramAsync(string? pid)
        {
            try
            {
                var fields = (await File.ReadAllTextAsync($"/proc/{pid}/stat", Cancellation)).Split(' ');
                return (fields[1].Trim('(', ')'), pid!, fields[3] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                return ("", "", false);
            }
        }
    }

    [Fact]
    public async Task Standard_output_without_a_reader_is_refused_in_words()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None) with { Stdout = true }, 101);

        Assert.Contains("'stdout'", result.Error, StringComparison.Ordinal);
    }
}
