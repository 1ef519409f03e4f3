using VzDump.Engine.Compression;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>The backup of a recording container by a program that is killed at a step of it.</summary>
public static class KilledBackup
{
    /// <summary>After the next start the container runs, has lost no record, and nothing of the backup is left.</summary>
    public static async Task IsPutRightAsync(string storage, string mode, string step)
    {
        await using var container = await RecordingContainer.StartAsync("native", storage, fillMiB: 2);
        var before = await container.InitPidAsync();
        var said = await DieAsync(container, mode, step);

        IReadOnlyList<string> recovered = [said, .. await container.Harness.Engine.RecoverAsync(TestContext.Current.CancellationToken)];

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', recovered));
        Assert.True(await container.StatusAsync() == "RUNNING", string.Join('\n', recovered));
        await container.GoesOnAsync();
        if (mode == "stop")
        {
            var (result, events) = await container.Harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), (await container.GuestAsync()).Id.Value);
            Assert.True(result.Succeeded, events.Text);
        }
        else
        {
            // It stood still at most.
            Assert.Equal(before, await container.InitPidAsync());
        }

        await container.AssertCleanAsync();
        await container.LongestPauseAsync();
    }

    /// <summary>Backs it up until that step; what the program had said.</summary>
    /// <param name="programs">A folder with programs that it finds before the host's.</param>
    public static async Task<string> DieAsync(RecordingContainer container, string mode, string step, string? programs = null)
    {
        using var victim = Victim.StartWith(programs, "backup", container.Harness.Folder, container.LxcPath, $"{(await container.GuestAsync()).Id}", "0", mode, step);
        return await victim.WaitForKillAsync(null);
    }
}
