using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The program is killed at each dangerous step of each mode, and the next start puts the container right.</summary>
public sealed class KillTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> StopSteps => Steps("stop", "lock", "prepare", "stop", "cut", "open", "unlock", "dispose", "start");

    [Theory]
    [MemberData(nameof(StopSteps))]
    public Task A_container_is_put_right_after_a_kill_in_stop_mode(string mode, string step) => KillAsync(mode, step);

    public static TheoryData<string, string> SuspendSteps => Steps("suspend", "lock", "copy", "suspend", "cut", "resume", "open", "unlock", "dispose");

    public static TheoryData<string, string> SnapshotSteps => Steps("snapshot", "prepare", "cut", "open", "unlock", "dispose");

    // In the middle of a step, which takes a few milliseconds or, the copy, longer.
    public static TheoryData<string, string> Middles => new()
    {
        { "suspend", "copy-during:30" }, { "suspend", "suspend-during:1" }, { "suspend", "cut-during:5" }, { "suspend", "resume-during:1" },
        { "snapshot", "cut-during:3" }, { "snapshot", "dispose-during:3" }, { "stop", "stop-during:20" }, { "stop", "start-during:20" },
    };

    [Theory]
    [MemberData(nameof(SuspendSteps))]
    [MemberData(nameof(SnapshotSteps))]
    [MemberData(nameof(Middles))]
    public async Task A_recording_container_goes_on_after_a_kill_in_any_mode(string mode, string step)
    {
        await using var container = await RecordingContainer.StartAsync("native", mode == "snapshot" ? "btrfs" : "dir", fillMiB: 2);
        var harness = container.Harness;
        using var victim = Victim.Start("backup", harness.Folder, harness.LxcFolder, $"{(await container.GuestAsync()).Id}", "0", mode, step);
        var said = await victim.WaitForKillAsync(null);

        var recovered = await harness.Engine.RecoverAsync(Cancellation);

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', [said, .. recovered]));
        await container.GoesOnAsync();
        await container.LongestPauseAsync(); // no record is missing
        Assert.Null((await container.StateAsync()).Lock);
        await container.AssertCleanAsync();
    }

    private static TheoryData<string, string> Steps(string mode, params string[] steps) =>
        [.. steps.SelectMany(step => (string[])[$"{step}-before", $"{step}-after"]).Select(step => new TheoryDataRow<string, string>(mode, step))];

    private static async Task KillAsync(string mode, string step)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB: 2);
        await container.StartAsync();
        var guest = (await StateAsync(harness, container)).Guest;
        using var victim = Victim.Start("backup", harness.Folder, harness.LxcFolder, $"{guest.Id}", "0", mode, step);
        var said = await victim.WaitForKillAsync(null);

        var recovered = await harness.Engine.RecoverAsync(Cancellation);

        await AssertRightAsync(harness, container, string.Join('\n', [said, .. recovered]));
        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), guest.Id.Value);
        Assert.True(result.Succeeded, events.Text);
    }

    private static async Task AssertRightAsync(EngineHarness harness, BusyboxContainer container, string said)
    {
        Assert.True(await container.IsRunningAsync(), said);
        var before = await File.ReadAllTextAsync(Path.Combine(container.Root, "var/second"), Cancellation);
        await Until.TrueAsync(async () => await File.ReadAllTextAsync(Path.Combine(container.Root, "var/second"), Cancellation) != before, "the container counts on");
        Assert.Null((await StateAsync(harness, container)).Lock);
        Assert.Empty(harness.Leftovers());
        Assert.DoesNotContain(harness.Folder, await File.ReadAllTextAsync("/proc/self/mountinfo", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(harness.Folder, await Shell.ShAsync("losetup -a"), StringComparison.Ordinal);
    }

    private static async Task<GuestState> StateAsync(EngineHarness harness, BusyboxContainer container) =>
        Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name);
}
