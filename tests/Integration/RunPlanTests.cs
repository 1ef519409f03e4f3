using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Which guests a run means, by the files that a cluster keeps.</summary>
public sealed class RunPlanTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guests_of_other_nodes_are_skipped_and_named()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await WriteAsync(harness, "nodes/other/qemu-server/150.conf", "name: far\n");
        await WriteAsync(harness, "nodes/other/lxc/151.conf", "hostname: farther\n");

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), 101, 150, 151);

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal([101], result.Tasks.Select(task => task.Guest.Value));
        Assert.Contains("INFO: skip external VMs: 150, 151", events.Lines);
    }

    [Fact]
    public async Task A_pool_means_its_members_on_this_node_without_those_left_out_or_forbidden()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await WriteAsync(harness, "user.cfg", "pool:mine:a comment:100,101,150:local:\n");
        await WriteAsync(harness, "nodes/other/lxc/150.conf", "hostname: far\n");
        var job = new BackupJob { Selection = new GuestSelection.Pool("mine", []), Settings = EngineHarness.Stop(CompressionKind.None) };
        var events = new EventList();

        var whole = await harness.Engine.RunAsync(job, events, Cancellation);
        var part = await harness.Engine.RunAsync(job with { Selection = new GuestSelection.Pool("mine", [GuestId.Parse("100")]) }, new EventList(), Cancellation);
        var allowed = await harness.Engine.RunAsync(job, new RunTerms { MayBackUp = guest => guest.Value == 100 }, new EventList(), Cancellation);
        var unknown = await harness.Engine.RunAsync(job with { Selection = new GuestSelection.Pool("none", []) }, new EventList(), Cancellation);

        Assert.Equal([100, 101], whole.Tasks.Select(task => task.Guest.Value));
        Assert.Contains("INFO: skip external VMs: 150", events.Lines);
        Assert.Equal([101], part.Tasks.Select(task => task.Guest.Value));
        Assert.Equal([100], allowed.Tasks.Select(task => task.Guest.Value));
        Assert.Contains("There is no pool 'none'", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_of_another_node_does_nothing_and_succeeds()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None) with { Node = "elsewhere" }, 101);

        Assert.True(result.Succeeded, events.Text);
        Assert.Empty(result.Tasks);
        Assert.DoesNotContain(events.All, value => value is BackupEvent.TaskStarted);
        Assert.Contains(events.Lines, line => line.Contains("for node 'elsewhere'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ct: 101\n\tstate started\n", true)]
    [InlineData("ct: 101\n", true)]
    [InlineData("ct: 101\n\tstate stopped\n", false)]
    [InlineData("vm: 101\n\tstate started\n", false)]
    public async Task A_guest_that_high_availability_keeps_started_is_not_stopped(string resources, bool refused)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await WriteAsync(harness, "ha/resources.cfg", resources);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), 101);

        Assert.Equal(!refused, result.Succeeded);
        Assert.Equal(refused, events.Text.Contains("High availability keeps this guest started", StringComparison.Ordinal));
        Assert.Empty(harness.Leftovers());
    }

    [Fact]
    public async Task The_option_stop_ends_the_running_backup_and_then_does_its_own_work_or_nothing_else()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var other = new EngineHarness(harness.Folder, harness.LxcFolder);
        var events = new EventList();
        var slow = EngineHarness.Stop(CompressionKind.None) with { BandwidthLimitKiB = 256 };
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(slow, 101), events, Cancellation);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 256 * 1024 });

        var second = await other.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.None) with { StopRunning = true }, 101), new EventList(), Cancellation);
        var onlyStop = await other.Engine.RunAsync(EngineHarness.JobOf(new BackupSettings { StopRunning = true }), new EventList(), Cancellation);

        Assert.StartsWith("interrupted by signal", (await running).Error, StringComparison.Ordinal);
        Assert.True(second.Succeeded);
        Assert.True(onlyStop is { Succeeded: true, Tasks.Count: 0 });
    }

    [Theory]
    [InlineData(null, "standalone node")]
    [InlineData("totem {\n  cluster_name: office\n}\n", "office")]
    public async Task Notes_name_the_cluster(string? corosync, string name)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        if (corosync is not null)
        {
            await WriteAsync(harness, "corosync.conf", corosync);
        }

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None) with { NotesTemplate = "{{cluster}} {{vmid}}" }, 101);

        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        Assert.Equal($"{name} 101", (await File.ReadAllTextAsync(archive + ".notes", Cancellation)).Trim());
    }

    private static async Task WriteAsync(EngineHarness harness, string path, string text)
    {
        var full = Path.Combine(harness.Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        await File.WriteAllTextAsync(full, text, Cancellation);
    }
}
