using System.Diagnostics;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>What is measured in milliseconds has the machine for itself.</summary>
[CollectionDefinition("container times", DisableParallelization = true)]
public sealed class ContainerTimes;

/// <summary>How long things take that must not take long.</summary>
[Collection("container times")]
public sealed class ContainerTimesTests(ITestOutputHelper output)
{
    private const int FewestTurns = 3;
    private const int MostTurns = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_idle_container_of_a_gigabyte_stands_still_for_a_moment_only()
    {
        // 4096 files; that it records makes it a little less than idle.
        await using var container = await RecordingContainer.StartAsync("native", "dir", fillMiB: 1024);
        var freezer = Freezer.OfContainer(await container.InitPidAsync())!;
        var pauses = new List<TimeSpan>();
        var alone = new List<TimeSpan>();
        // Others may be at work on the machine.
        while (pauses.Count < FewestTurns || (pauses.Min().TotalMilliseconds >= 150 && pauses.Count < MostTurns))
        {
            pauses.Add(await FrozenAsync(freezer, () => CopyAsync(container)));
            alone.Add(await CompareAsync(container));
        }

        output.WriteLine(FormattableString.Invariant($"a gigabyte in suspend mode: {string.Join(", ", pauses.Select(pause => $"{pause.TotalMilliseconds:0}"))} ms frozen, rsync alone {string.Join(", ", alone.Select(time => $"{time.TotalMilliseconds:0}"))} ms, no record for {(await container.LongestPauseAsync()).TotalMilliseconds:0} ms at most; load {await LoadAsync()}"));
        // A machine that is too busy to let rsync find out within that time that a tree is the same as itself cannot do it either.
        Assert.InRange(pauses.Min().TotalMilliseconds, 1, alone.Min().TotalMilliseconds <= 150 ? 150 : 1.5 * alone.Min().TotalMilliseconds);
        Assert.All(pauses, pause => Assert.InRange(pause.TotalSeconds, 0, 5));
    }

    [Fact]
    public async Task The_status_of_fifty_containers_is_known_within_fifty_milliseconds_also_at_the_first_look()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await using var containers = await ManyContainers.StartAsync(harness);
        // As of a program that has just been started: each remembers nothing but the numbers that the containers were given, which are in a file.
        Assert.Equal(ManyContainers.Count, (await containers.StatesAsync(harness)).Count);
        var firsts = new List<double>();
        var looks = new List<double>();
        for (var turn = 0; turn < 7; turn++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(harness.Folder, $"{turn}")).FullName;
            File.Copy(Path.Combine(harness.Folder, "lxc-native.cfg"), Path.Combine(folder, "lxc-native.cfg"));
            await using var fresh = new EngineHarness(folder, harness.LxcFolder);
            var inventory = fresh.Get<GuestInventory>();
            firsts.Add(await LookAsync(inventory));
            for (var look = 0; look < 20; look++)
            {
                looks.Add(await LookAsync(inventory));
            }
        }

        output.WriteLine(FormattableString.Invariant($"status of {ManyContainers.Count}: first looks {string.Join(", ", firsts.Select(first => $"{first:0.0}"))} ms; typical {Middle(looks):0.0} ms, {looks.Min():0.0} to {looks.Max():0.0} ms; load {await LoadAsync()}"));
        Assert.InRange(Middle(looks), 0, 50);
        Assert.InRange(Middle(firsts), 0, 50);

        async Task<double> LookAsync(GuestInventory inventory)
        {
            var watch = Stopwatch.StartNew();
            var guests = (await inventory.ListAsync(Cancellation)).Guests;
            var took = watch.Elapsed.TotalMilliseconds;
            Assert.Equal(ManyContainers.Count, guests.Count(state => containers.Names.Contains(state.Guest.Name) && state.Status is GuestStatus.Running));
            return took;
        }
    }

    private static double Middle(IReadOnlyCollection<double> times) => times.Order().ElementAt(times.Count / 2);

    private static async Task<string> LoadAsync() => (await File.ReadAllTextAsync("/proc/loadavg", Cancellation)).Split(' ')[0];

    // A whole backup up to the moment in which the container goes on.
    private static async Task CopyAsync(RecordingContainer container)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();
        var running = container.Harness.Engine.RunAsync(EngineHarness.JobOf(new BackupSettings { Mode = BackupMode.Suspend, Compress = CompressionKind.None }, (await container.GuestAsync()).Id.Value), events, cancel.Token);
        await events.SeeLineAsync("guest is online again");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await container.GoesOnAsync();
    }

    private static async Task<TimeSpan> CompareAsync(RecordingContainer container)
    {
        var root = Path.Combine(container.Volumes, "images", "native", "root.subvol");
        var watch = Stopwatch.StartNew();
        await Shell.RunAsync("nice", "-n", "-15", "rsync", "-aHAX", "--numeric-ids", "--delete", "--modify-window=-1", $"{root}/fill/", $"{root}/fill/");
        return watch.Elapsed;
    }

    // Looks at the cgroup a thousand times a second.
    private static async Task<TimeSpan> FrozenAsync(Freezer freezer, Func<Task> action)
    {
        using var over = new CancellationTokenSource();
        var watching = Task.Factory.StartNew(
            () =>
            {
                var frozen = new Stopwatch();
                while (!over.IsCancellationRequested)
                {
                    if (freezer.IsFrozen != frozen.IsRunning)
                    {
                        if (frozen.IsRunning)
                        {
                            frozen.Stop();
                        }
                        else
                        {
                            frozen.Start();
                        }
                    }

                    Thread.Sleep(1);
                }

                return frozen.Elapsed;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            await action();
        }
        finally
        {
            await over.CancelAsync();
        }

        return await watching;
    }
}
