using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>A real script, called by real backups of a real container.</summary>
public sealed class HookTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopping_a_running_container_calls_the_phases_in_vzdumps_order_with_its_arguments_and_environment()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        var script = await HookRecorder.WriteAsync(harness, "");

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Script = script }, guest.Id.Value);

        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        var log = archive.Replace(".tar.zst", ".log", StringComparison.Ordinal);
        var run = $"STOREID=local DUMPDIR={harness.Dump}";
        var task = $"{run} VMTYPE=lxc HOSTNAME={container.Name} TARGET={archive} TARFILE={archive} LOGFILE={log}";
        Assert.Equal(
            [
                "job-init STOREID=local", // its folder is not known before the storage is active
                $"job-start {run}",
                $"backup-start stop {guest.Id} {task}",
                $"pre-stop stop {guest.Id} {task}",
                $"backup-end stop {guest.Id} {task}",
                $"pre-restart stop {guest.Id} {task}",
                $"post-restart stop {guest.Id} {task}",
                $"log-end stop {guest.Id} {task}",
                $"job-end {run}",
            ],
            await HookRecorder.CallsAsync(harness));
        Assert.Contains("INFO: hook says backup-start", events.Lines);
        Assert.True(await container.IsRunningAsync());
    }

    [Theory]
    [InlineData("job-init", "job-init")] // as in vzdump, there is no job yet to abort
    [InlineData("job-start", "job-init job-start job-abort")]
    [InlineData("backup-start", "job-init job-start backup-start backup-abort log-end job-end")]
    [InlineData("pre-stop", "job-init job-start backup-start pre-stop backup-abort log-end job-end")]
    [InlineData("backup-end", "job-init job-start backup-start pre-stop backup-end pre-restart post-restart backup-abort log-end job-end")]
    [InlineData("job-end", "job-init job-start backup-start pre-stop backup-end pre-restart post-restart log-end job-end job-abort")]
    public async Task A_script_that_says_no_fails_the_run_and_the_guest_runs(string phase, string calls)
    {
        var (result, events, called) = await BackUpAsync($"[ $1 = {phase} ] && exit 3");

        Assert.False(result.Succeeded, events.Text);
        Assert.Equal(calls.Split(' '), called);
        Assert.Contains(events.Lines, line => line.Contains($"failed at {phase} (exit code 3)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pre-restart")]
    [InlineData("post-restart")]
    [InlineData("log-end")]
    public async Task A_script_that_fails_during_the_clean_up_is_warned_about_and_the_guest_runs(string phase)
    {
        var (result, events, _) = await BackUpAsync($"[ $1 = {phase} ] && exit 3");

        Assert.True(result.Succeeded, events.Text);
        Assert.Contains(events.Lines, line => line.StartsWith("WARN:", StringComparison.Ordinal) && line.Contains($"failed at {phase}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_script_that_cannot_be_run_ends_the_run_before_a_guest_is_touched()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Script = "/nowhere/hook" }, 101);

        Assert.Contains("does not exist or is not executable", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(events.All, value => value is BackupEvent.TaskStarted);
    }

    private static async Task<(RunResult Result, EventList Events, string[] Called)> BackUpAsync(string behaviour)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder);
        await container.StartAsync();
        var guest = await FindAsync(harness, container);
        var script = await HookRecorder.WriteAsync(harness, behaviour);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Script = script }, guest.Id.Value);

        Assert.True(await container.IsRunningAsync(), events.Text);
        Assert.Empty(harness.Leftovers());
        return (result, events, [.. (await HookRecorder.CallsAsync(harness)).Select(call => call.Split(' ')[0])]);
    }

    private static async Task<Guest> FindAsync(EngineHarness harness, BusyboxContainer container) =>
        Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name).Guest;
}
