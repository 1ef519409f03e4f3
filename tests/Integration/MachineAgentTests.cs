using System.Text.Json.Nodes;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Host.Qemu;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Whole backups of a real guest whose agent is played: whatever happens, what was frozen is thawed.</summary>
public sealed class MachineAgentTests(GuestKernel kernel)
{
    private const string Freeze = "guest-fsfreeze-freeze";
    private const string Thaw = "guest-fsfreeze-thaw";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static BackupSettings Snapshot => new() { Mode = BackupMode.Snapshot, Compress = CompressionKind.None };

    [Theory]
    [InlineData("agent: 1", BackupMode.Snapshot, true)]
    [InlineData("agent: enabled=1,freeze-fs-on-backup=0", BackupMode.Snapshot, false)]
    [InlineData("agent: 0", BackupMode.Snapshot, false)]
    [InlineData("agent: 1", BackupMode.Suspend, false)]
    public async Task File_systems_are_frozen_around_the_cut_when_the_configuration_says_so(string option, BackupMode mode, bool isFrozen)
    {
        await using var harness = new EngineHarness();
        await using var guest = await StartAsync(harness);
        var standing = new List<string>();
        using var agent = new PlayedAgent(AgentOf(harness), async command =>
        {
            standing.Add($"{command} {await StateAsync(guest)}");
            return await PlayedAgent.Agree(command);
        });
        await File.AppendAllTextAsync(guest.ConfigPath, $"\n{option}\n", Cancellation);

        var (result, events) = await harness.BackUpAsync(Snapshot with { Mode = mode }, 100);

        Assert.True(result.Succeeded, events.Text);
        // Asked for while the guest runs: one that stands still cannot do it.
        Assert.Equal(isFrozen ? [$"{Freeze} running", $"{Thaw} running"] : [], standing);
        var lines = events.Lines.ToList();
        Assert.True(!isFrozen || lines.FindIndex(line => line.Contains("are thawed", StringComparison.Ordinal)) < lines.FindIndex(line => line.Contains("creating vzdump archive", StringComparison.Ordinal)), events.Text);
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task What_was_frozen_is_thawed_when_the_cut_fails()
    {
        await using var harness = new EngineHarness();
        await using var guest = await StartAsync(harness);
        using var agent = new PlayedAgent(AgentOf(harness), async command =>
        {
            if (command == Freeze)
            {
                // Takes the name of what the cut will put into QEMU.
                await using var client = await WatchAsync(guest);
                await client.ExecuteAsync("blockdev-add", new JsonObject { ["driver"] = "null-co", ["node-name"] = "vzw-cbw2" }, TimeSpan.FromMinutes(1), Cancellation);
            }

            return await PlayedAgent.Agree(command);
        });
        await File.AppendAllTextAsync(guest.ConfigPath, "\nagent: 1\n", Cancellation);

        var (result, events) = await harness.BackUpAsync(Snapshot, 100);

        Assert.Contains("vzw-cbw2", Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome).Reason, StringComparison.Ordinal);
        Assert.Equal([Freeze, Thaw], agent.Asked);
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task What_was_frozen_is_thawed_at_the_next_start_when_the_program_is_killed()
    {
        await using var harness = new EngineHarness();
        await using var guest = await StartAsync(harness);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var agent = new PlayedAgent(AgentOf(harness), async command =>
        {
            if (command == Freeze)
            {
                asked.SetResult();
                await killed.Task;
            }

            return await PlayedAgent.Agree(command);
        });
        await File.AppendAllTextAsync(guest.ConfigPath, "\nagent: 1\n", Cancellation);

        using var victim = Victim.Start("backup", harness.Folder, harness.LxcFolder, "100", "0", "snapshot", "");
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(4), Cancellation);
        var said = await victim.WaitForKillAsync("freezing the guest's file systems");
        killed.SetResult();
        var recovered = string.Join('\n', [said, .. await harness.Engine.RecoverAsync(Cancellation)]);

        Assert.Equal([Freeze, Thaw], agent.Asked);
        await guest.AssertGoesOnAsync(recovered);
        await guest.AssertNothingLeftAsync(recovered);
    }

    private async Task<QemuGuest> StartAsync(EngineHarness harness)
    {
        // Without an agent of its own: its socket is the test's.
        var guest = await QemuGuest.MakeAsync(harness, kernel);
        await guest.StartAsync();
        return guest;
    }

    private static string AgentOf(EngineHarness harness) => Path.Combine(harness.Folder, "run/100.qga");

    private static Task<QmpClient> WatchAsync(QemuGuest guest) => QmpClient.ConnectAsync(guest.Watched, TimeSpan.FromMinutes(1), TimeProvider.System, Cancellation);

    private static async Task<string?> StateAsync(QemuGuest guest)
    {
        await using var client = await WatchAsync(guest);
        return (await client.ExecuteAsync("query-status", null, TimeSpan.FromMinutes(1), Cancellation)).GetProperty("status").GetString();
    }
}
