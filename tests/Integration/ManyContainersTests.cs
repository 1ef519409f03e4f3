using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class ManyContainersTests
{
    [Fact]
    public async Task A_run_over_fifty_running_containers_leaks_nothing()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var containers = await ManyContainers.StartAsync(harness);
        var states = await containers.StatesAsync(harness);
        Assert.Equal(ManyContainers.Count, states.Count);
        Assert.All(states, state => Assert.Equal(GuestStatus.Running, state.Status));
        var before = Left(harness);

        var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Suspend, Compress = CompressionKind.Zstd }, [.. states.Select(state => state.Guest.Id.Value)]);

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal(ManyContainers.Count, result.Tasks.Count);
        Assert.All(await containers.StatesAsync(harness), state => Assert.Equal((GuestStatus.Running, (string?)null), (state.Status, state.Lock)));
        Assert.Empty(harness.Leftovers());
        await Until.TrueAsync(() => Left(harness) is var after && after.Children <= before.Children && after.Mounts <= before.Mounts && after.Loops <= before.Loops && after.Files <= before.Files + 20, $"nothing is left beyond {before}");
    }

    private static (int Children, int Mounts, int Loops, int Files) Left(EngineHarness harness) => (
        Directory.EnumerateDirectories("/proc").Count(folder => Path.GetFileName(folder) is [>= '0' and <= '9', ..] && IsOurChild(folder)),
        File.ReadLines("/proc/self/mountinfo").Count(line => line.Contains(harness.Folder, StringComparison.Ordinal)),
        Directory.EnumerateFiles("/sys/block", "backing_file", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, IgnoreInaccessible = true }).Count(file => File.ReadAllText(file).Contains(harness.Folder, StringComparison.Ordinal)),
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());

    private static bool IsOurChild(string folder)
    {
        try
        {
            return File.ReadLines(Path.Combine(folder, "status")).Contains($"PPid:\t{Environment.ProcessId}");
        }
        catch (IOException)
        {
            return false;
        }
    }
}
