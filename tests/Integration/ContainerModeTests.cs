using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>What every mode must hold, on both kinds of host and each kind of storage: one suite for one driver.</summary>
public sealed class ContainerModeTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, BackupMode> All =>
        new MatrixTheoryData<string, string, BackupMode>(["native", "proxmox"], ["dir", "btrfs", "image"], [BackupMode.Stop, BackupMode.Suspend, BackupMode.Snapshot]);

    [Theory]
    [MemberData(nameof(All))]
    public async Task An_archive_holds_a_busy_container_as_it_was_at_one_moment_and_no_write_is_lost(string host, string storage, BackupMode mode)
    {
        await using var container = await RecordingContainer.StartAsync(host, storage);
        var before = await container.InitPidAsync();

        var (result, events) = await container.Harness.BackUpAsync(new BackupSettings { Mode = mode, Compress = CompressionKind.None }, (await container.GuestAsync()).Id.Value);

        Assert.True(result.Succeeded, events.Text);
        await container.GoesOnAsync();
        var records = await container.AssertConsistentAsync(Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome).ArchivePath);
        var pause = await container.LongestPauseAsync();
        output.WriteLine(FormattableString.Invariant($"{host} {storage} {mode}: {records} records, longest pause {pause.TotalMilliseconds:0} ms"));
        await container.AssertCleanAsync();
        Assert.Equal(mode is BackupMode.Stop, before != await container.InitPidAsync());
        if (mode is BackupMode.Snapshot)
        {
            Assert.Equal(storage == "dir", events.Lines.Contains("INFO: mode failure - some volumes do not support snapshots"));
            Assert.Equal(storage == "dir", events.Lines.Contains("INFO: trying 'suspend' mode instead"));
            Assert.Equal(storage != "dir", events.Lines.Contains("INFO: cleanup temporary 'vzdump' snapshot"));
        }

        Assert.Contains("INFO: including mount point rootfs ('/') in backup", events.Lines);
        if (host == "proxmox")
        {
            Assert.Contains("INFO: including mount point mp0 ('/srv/data') in backup", events.Lines);
            Assert.Contains("INFO: excluding bind mount point mp1 ('/mnt/host') from backup (not a volume)", events.Lines);
            Assert.Contains("INFO: excluding volume mount point mp2 ('/scratch') from backup (disabled)", events.Lines);
        }
    }
}
