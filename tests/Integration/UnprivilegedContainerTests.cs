using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class UnprivilegedContainerTests
{
    private const string Map = "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_archive_has_the_ids_that_the_container_sees(bool isRunning)
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness);
        await Shell.ShAsync($"echo web > '{container.Root}/var/page'; chown -R 100000:100000 '{container.Root}'; chown 100033:100033 '{container.Root}/var/page'");
        if (isRunning)
        {
            await container.StartAsync();
        }

        var guest = await FindAsync(harness, container);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), guest.Id.Value);

        Assert.True(result.Succeeded, events.Text);
        var archive = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath;
        var list = await Shell.ShAsync($"zstd -dc '{archive}' | tar tvf - --numeric-owner");
        Assert.Contains(list.Split('\n'), line => line.Contains(" 33/33 ", StringComparison.Ordinal) && line.EndsWith("./var/page", StringComparison.Ordinal));
        Assert.Contains(list.Split('\n'), line => line.Contains(" 0/0 ", StringComparison.Ordinal) && line.EndsWith("./sbin/init", StringComparison.Ordinal));
        Assert.Equal("./etc/vzdump/pct.conf", (await Shell.ShAsync($"zstd -dc '{archive}' | tar tf - > '{harness.Folder}/list'; head -1 '{harness.Folder}/list'")).Trim());
        Assert.Contains("unprivileged: 1", await Shell.ShAsync($"zstd -dc '{archive}' | tar xOf - ./etc/vzdump/pct.conf"), StringComparison.Ordinal);
        Assert.Equal(isRunning, await container.IsRunningAsync());
    }

    [Fact]
    public async Task A_file_of_an_owner_that_the_container_does_not_have_fails_the_task_and_is_named()
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness);
        await Shell.ShAsync($"chown -R 100000:100000 '{container.Root}'; echo secret > '{container.Root}/var/foreign'; chown 0:0 '{container.Root}/var/foreign'; chmod 600 '{container.Root}/var/foreign'");
        var guest = await FindAsync(harness, container);

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), guest.Id.Value);

        var failed = Assert.IsType<TaskOutcome.Failed>(Assert.Single(result.Tasks).Outcome);
        Assert.Contains("./var/foreign", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("Permission denied", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(harness.Leftovers());
    }

    [Fact]
    public async Task A_tar_that_is_killed_fails_the_task()
    {
        await using var harness = new EngineHarness();
        await using var container = await MakeAsync(harness, fillMiB: 20);
        await Shell.ShAsync($"chown -R 100000:100000 '{container.Root}'");
        var guest = await FindAsync(harness, container);
        var events = new EventList();
        var running = harness.Engine.RunAsync(EngineHarness.JobOf(EngineHarness.Stop(CompressionKind.Zstd) with { BandwidthLimitKiB = 2048 }, guest.Id.Value), events, TestContext.Current.CancellationToken);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.DoneBytes: > 1024 * 1024 });
        // The guest's configuration may hold secrets: meanwhile nobody else can enter its folder.
        var temporary = Directory.EnumerateDirectories("/run", $"vzdump-lxc-{guest.Id}-*.tmp").ToList();
        Assert.NotEmpty(temporary);
        Assert.All(temporary, folder => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder)));

        await Shell.ShAsync($"pkill -KILL -f '^tar .*directory={container.Root}'");

        var failed = Assert.IsType<TaskOutcome.Failed>(Assert.Single((await running).Tasks).Outcome);
        Assert.Contains("ended by signal 9", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(harness.Leftovers());
    }

    private static async Task<BusyboxContainer> MakeAsync(EngineHarness harness, int fillMiB = 0)
    {
        await Shell.ShAsync("for f in /etc/subuid /etc/subgid; do grep -q '^root:100000:' $f 2>/dev/null || echo 'root:100000:65536' >> $f; done");
        await harness.MakeSamplesAsync();
        var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB, moreConfig: Map);
        // The way to a container's root is open to its mapped root, as LXC itself wants it; the data folder is not.
        await Shell.ShAsync($"chmod o+x '{harness.Folder}' '{harness.LxcFolder}' '{harness.LxcFolder}/{container.Name}'; chmod 700 '{harness.Folder}/storage'");
        return container;
    }

    private static async Task<Guest> FindAsync(EngineHarness harness, BusyboxContainer container) =>
        Assert.Single((await harness.Get<GuestInventory>().ListAsync(TestContext.Current.CancellationToken)).Guests, state => state.Guest.Name == container.Name).Guest;
}
