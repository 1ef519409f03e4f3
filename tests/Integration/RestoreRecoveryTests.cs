using VzDump.Engine.Backups;
using VzDump.Engine.Bandwidth;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>What a killed program left of a restore over a container is undone or ended once, and never what still works.</summary>
public sealed class RestoreRecoveryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task A_restore_that_was_killed_is_undone_or_ended_by_the_next_start(string commit)
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 20);
        var (harness, container, _, _) = made;
        var before = await Manifest.OfAsync(container.Root);
        await KillRestoreAsync(made, commit);

        var said = string.Join('\n', await harness.Get<RestoreEngine>().RecoverAsync(Cancellation));

        Assert.Null((await made.StateAsync()).Lock);
        Assert.Empty(harness.RestoreLeftovers());
        var roots = Directory.EnumerateDirectories(Path.Combine(harness.LxcFolder, container.Name)).Select(Path.GetFileName);
        Assert.Equal([commit == "before" ? "rootfs" : "rootfs-2"], roots);
        if (commit == "before")
        {
            Assert.Equal(before, await Manifest.OfAsync(container.Root));
        }

        await Shell.RunAsync("lxc-start", "-n", container.Name, "-P", container.Folder);
        Assert.True(await container.IsRunningAsync(), said);
    }

    [Fact]
    public async Task A_recovery_that_comes_late_takes_nothing_from_a_restore_that_works()
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 8);
        var (harness, container, archive, guest) = made;
        var events = new EventList();
        var engine = harness.Get<RestoreEngine>();
        var running = engine.RunAsync(new RestoreRequest { ArchivePath = archive, Target = guest.Id, Replace = true, BandwidthLimit = BandwidthLimit.FromKiB(2048) }, events, Cancellation);
        await events.SeeAsync(value => value is BackupEvent.TaskProgressed { Progress.WrittenBytes: > 1024 * 1024 });

        Assert.Empty(await engine.RecoverAsync(Cancellation));

        Assert.Equal("backup", (await made.StateAsync()).Lock);
        Assert.True((await running).Succeeded, events.Text);
        Assert.True(File.Exists(Path.Combine(harness.LxcFolder, container.Name, "rootfs-2", "var/t/one")), "the new root is there");
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Fact]
    public async Task A_restore_ends_first_what_a_killed_one_left_of_its_guest()
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 20);
        var (harness, container, archive, guest) = made;
        await KillRestoreAsync(made, "before");
        var events = new EventList();

        var result = await harness.Get<RestoreEngine>().RunAsync(new RestoreRequest { ArchivePath = archive, Target = guest.Id, Replace = true }, events, Cancellation);

        Assert.True(result.Succeeded, events.Text);
        Assert.Contains("removing the unfinished volume", events.Text, StringComparison.Ordinal);
        Assert.Null((await made.StateAsync()).Lock);
        Assert.True(File.Exists(Path.Combine(harness.LxcFolder, container.Name, "rootfs-2", "var/t/one")), "the new root is there");
        Assert.Empty(harness.RestoreLeftovers());
    }

    [Fact]
    public async Task What_the_programs_of_a_killed_restore_still_make_goes_too()
    {
        await using var made = await ArchivedContainer.MakeAsync(fillMiB: 20);
        var (harness, container, _, _) = made;
        // Its last files come a while after the end of its input.
        var slow = harness.SlowProgram("tar", before: "", after: "[ \"$1\" = xpf ] || exit $code; for word; do case \"$word\" in --directory=*) into=${word#*=};; esac; done; sleep 2; mkdir -p \"$into/late\"");
        await KillRestoreAsync(made, "before", slow);

        await harness.Get<RestoreEngine>().RecoverAsync(Cancellation);

        await Until.TrueAsync(async () => await Shell.ShAsync($"grep -lz '^{slow}/tar$' /proc/[0-9]*/cmdline 2>/dev/null || true") == "", "its tar has ended");
        Assert.Equal(["rootfs"], Directory.EnumerateDirectories(Path.Combine(harness.LxcFolder, container.Name)).Select(Path.GetFileName));
        Assert.Null((await made.StateAsync()).Lock);
        Assert.Empty(harness.RestoreLeftovers());
    }

    // Half way through the data, or right after the new configuration has taken the old one's place.
    private static async Task KillRestoreAsync(ArchivedContainer made, string commit, string? programs = null)
    {
        var isHalfWay = commit == "before";
        using var victim = Victim.StartWith(programs, "restore", made.Harness.Folder, made.Harness.LxcFolder, $"{made.Guest.Id}", made.Archive, isHalfWay ? "1024" : "0", commit);
        await victim.WaitForKillAsync(isHalfWay ? "DATA FLOWS" : null);
        Assert.NotEmpty(made.Harness.RestoreLeftovers());
        Assert.Equal("backup", (await made.StateAsync()).Lock);
    }
}
