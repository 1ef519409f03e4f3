using System.Diagnostics;
using VzDump.Engine;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

/// <summary>With real processes in real cgroups, of both versions where the host has them.</summary>
public sealed class FreezerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly List<string> _folders = [];
    private readonly List<Process> _processes = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_frozen_stands_still_and_thawed_goes_on(bool isUnified)
    {
        var (freezer, counter) = Start(isUnified);

        await freezer.FreezeAsync(Limit, TimeProvider.System, Cancellation);

        Assert.True(freezer.IsFrozen);
        var before = await File.ReadAllTextAsync(counter, Cancellation);
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Cancellation);
        Assert.Equal(before, await File.ReadAllTextAsync(counter, Cancellation));

        await freezer.ThawAsync(Limit, TimeProvider.System, Cancellation);

        Assert.False(freezer.IsFrozen);
        await UntilAsync(() => File.ReadAllText(counter) != before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_freezing_that_came_half_way_is_thawed(bool isUnified)
    {
        var (freezer, counter) = Start(isUnified);
        for (var turn = 0; turn < 20; turn++)
        {
            await File.WriteAllTextAsync(Path.Combine(freezer.Folder, isUnified ? "cgroup.freeze" : "freezer.state"), isUnified ? "1" : "FROZEN", Cancellation);

            await freezer.ThawAsync(Limit, TimeProvider.System, Cancellation);

            Assert.False(freezer.IsFrozen);
        }

        var before = await File.ReadAllTextAsync(counter, Cancellation);
        await UntilAsync(() => File.ReadAllText(counter) != before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_freezing_that_is_cancelled_leaves_nothing_frozen(bool isUnified)
    {
        var (freezer, counter) = Start(isUnified);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => freezer.FreezeAsync(Limit, TimeProvider.System, cancelled.Token));

        Assert.False(freezer.IsFrozen);
        var before = await File.ReadAllTextAsync(counter, Cancellation);
        await UntilAsync(() => File.ReadAllText(counter) != before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_group_frozen_from_above_is_told_and_one_that_is_gone_is_fine(bool isUnified)
    {
        var (inner, _) = Start(isUnified, below: "inner");
        var outer = new Freezer(Path.GetDirectoryName(inner.Folder)!, isUnified);
        await outer.FreezeAsync(Limit, TimeProvider.System, Cancellation);

        var problem = await Assert.ThrowsAsync<ProblemException>(() => inner.ThawAsync(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancellation));

        Assert.Contains("Something froze the group above it", problem.Message, StringComparison.Ordinal);
        await outer.ThawAsync(Limit, TimeProvider.System, Cancellation);
        await new Freezer(inner.Folder + "-gone", isUnified).ThawAsync(Limit, TimeProvider.System, Cancellation);
    }

    [Fact]
    public async Task Freezing_a_busy_group_again_and_again_never_takes_a_second()
    {
        var (freezer, _) = Start(isUnified: false);
        var times = new List<TimeSpan>();
        for (var turn = 0; turn < 30; turn++)
        {
            var watch = Stopwatch.StartNew();
            await freezer.FreezeAsync(Limit, TimeProvider.System, Cancellation);
            times.Add(watch.Elapsed);
            await freezer.ThawAsync(Limit, TimeProvider.System, Cancellation);
        }

        // A look once a second, as lxc-freeze has it, would show in a quarter of them; a loaded machine may show in a few.
        Assert.InRange(times.Count(time => time.TotalMilliseconds >= 900), 0, 3);
    }

    [Theory]
    [InlineData("/lxc.payload.web", "/lxc.payload.web")]
    [InlineData("/lxc.payload.web-1", "/lxc.payload.web-1")]
    [InlineData("/lxc.payload.web/init.scope", "/lxc.payload.web")]
    [InlineData("/user.slice/lxc.payload.web/system.slice/x", "/user.slice/lxc.payload.web")]
    [InlineData("/lxc.payload/web/init.scope", "/lxc.payload/web")]
    [InlineData("/lxc/101/ns/init.scope", "/lxc/101/ns")]
    [InlineData("/lxc/101", "/lxc/101")]
    [InlineData("/lxc.payload.outer/lxc.payload.inner", "/lxc.payload.outer/lxc.payload.inner")]
    [InlineData("/machine/custom/init.scope", "/machine/custom")]
    [InlineData("/", "/")]
    public void The_containers_own_group_is_found_above_that_of_its_first_process(string path, string payload) => Assert.Equal(payload, Freezer.PayloadOf(path));

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        foreach (var folder in Enumerable.Reverse(_folders))
        {
            for (var tries = 0; tries < 100 && Directory.Exists(folder); tries++)
            {
                try
                {
                    Directory.Delete(folder);
                }
                catch (IOException)
                {
                    Thread.Sleep(20);
                }
            }
        }
    }

    // A process that counts in a file without pause, and starts others.
    private (Freezer Freezer, string Counter) Start(bool isUnified, string? below = null)
    {
        var mount = MountTable.Read().FirstOrDefault(mount => isUnified ? mount.FileSystem == "cgroup2" : mount.FileSystem == "cgroup" && mount.Options.Split(',').Contains("freezer"));
        Assert.SkipWhen(mount is null || !HostUser.IsRoot, "the host has no such cgroups, or we may not make any");
        var folder = Path.Combine(mount.Folder, $"vzdump-test-{Guid.NewGuid():N}");
        Make(folder);
        if (below is not null)
        {
            folder = Path.Combine(folder, below);
            Make(folder);
        }

        var counter = Path.GetTempFileName();
        // It enters the group before it counts.
        _processes.Add(Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"echo $$ > {folder}/cgroup.procs; n=0; while :; do n=$((n+1)); echo $n > {counter}; [ $((n % 50)) = 0 ] && sleep 0.001; done"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!);
        UntilAsync(() => File.ReadAllText(counter).Length > 0).Wait(Cancellation);
        return (new Freezer(folder, isUnified), counter);
    }

    private void Make(string folder)
    {
        Directory.CreateDirectory(folder);
        _folders.Add(folder);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition();)
        {
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        }
    }
}
