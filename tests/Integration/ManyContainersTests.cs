using System.Diagnostics;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class ManyContainersTests(ITestOutputHelper output)
{
    private const int Count = 50;

    // It has to run, not to work: fifty that count would have the machine for themselves.
    private const string Idle = "#!/bin/busybox sh\ntrap 'exit 0' PWR\necho yes > /var/started\nwhile :; do sleep 1 & wait $!; done\n";

    [Fact]
    public async Task A_run_over_fifty_running_containers_leaks_nothing_and_their_status_takes_a_moment()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var containers = new List<BusyboxContainer>();
        try
        {
            for (var made = 0; made < Count; made++)
            {
                containers.Add(await BusyboxContainer.MakeAsync(harness.LxcFolder, init: Idle));
            }

            await Parallel.ForEachAsync(containers, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (container, _) => await container.StartAsync());
            var inventory = harness.Get<GuestInventory>();
            var names = containers.Select(container => container.Name).ToHashSet();
            var first = Stopwatch.StartNew();
            var states = (await inventory.ListAsync(TestContext.Current.CancellationToken)).Guests.Where(state => names.Contains(state.Guest.Name)).ToList();
            output.WriteLine(FormattableString.Invariant($"first status of {Count}: {first.Elapsed.TotalMilliseconds:0.0} ms"));
            Assert.Equal(Count, states.Count);
            Assert.All(states, state => Assert.Equal(GuestStatus.Running, state.Status));
            var times = new List<double>();
            for (var turn = 0; turn < 20; turn++)
            {
                var watch = Stopwatch.StartNew();
                await inventory.ListAsync(TestContext.Current.CancellationToken);
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            output.WriteLine(FormattableString.Invariant($"status of {Count}: {times.Min():0.0} ms at best, {times.Order().ElementAt(10):0.0} ms in the middle"));
            Assert.InRange(times.Min(), 0, 50);

            var before = Left(harness);
            var (result, events) = await harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Suspend, Compress = CompressionKind.Zstd }, [.. states.Select(state => state.Guest.Id.Value)]);

            Assert.True(result.Succeeded, events.Text);
            Assert.Equal(Count, result.Tasks.Count);
            Assert.All((await inventory.ListAsync(TestContext.Current.CancellationToken)).Guests.Where(state => names.Contains(state.Guest.Name)), state => Assert.Equal((GuestStatus.Running, (string?)null), (state.Status, state.Lock)));
            Assert.Empty(harness.Leftovers());
            await Until.TrueAsync(() => Left(harness) is var after && after.Children <= before.Children && after.Mounts <= before.Mounts && after.Loops <= before.Loops && after.Files <= before.Files + 20, $"nothing is left beyond {before}");
        }
        finally
        {
            await Parallel.ForEachAsync(containers, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (container, _) => await container.DisposeAsync());
        }
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
