using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>vzdump's <c>performance: max-workers</c>, from the settings of a run to what a server of disks is asked for at once.</summary>
public sealed class ReadsInFlightTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(null)]
    public async Task As_many_reads_of_a_machines_disk_are_in_flight_as_max_workers_says(int? workers)
    {
        var folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;
        var programs = Directory.CreateDirectory(Path.Combine(folder, "programs")).FullName;
        // In place of the daemon that knows images: it tells where it should listen, and is ready when somebody does.
        var daemon = Path.Combine(programs, "qemu-storage-daemon");
        await File.WriteAllTextAsync(daemon, $$"""
            #!/bin/bash
            for word; do
              case $word in addr.type=unix,addr.path=*) socket=${word#*addr.path=} socket=${socket%%,*} ;; esac
            done
            echo "$socket" > {{folder}}/asked.new
            mv {{folder}}/asked.new {{folder}}/asked
            while [ ! -S "$socket" ]; do sleep 0.05; done
            echo $$ > "$socket.pid"
            exec sleep 1000
            """, Cancellation);
        File.SetUnixFileMode(daemon, (UnixFileMode)0b111_101_101);
        await using var harness = new EngineHarness(folder, programs: new HostPrograms([programs, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]));
        var machine = await TestMachine.MakeAsync(harness, 200, "memory: 512\nscsi0: local:200/vm-200-disk-0.qcow2\n");
        await File.WriteAllTextAsync(machine.Disk(0, "qcow2"), "any", Cancellation);

        var running = harness.BackUpAsync(new BackupSettings { Mode = BackupMode.Stop, Compress = CompressionKind.None, Performance = workers is null ? null : new PerformanceSettings(workers) }, 200);
        await Until.TrueAsync(() => running.IsCompleted || File.Exists(Path.Combine(folder, "asked")), "the daemon was started");
        Assert.False(running.IsCompleted, running.IsCompleted ? (await running).Events.Text : "");
        using var server = new PlayedNbdServer((await File.ReadAllTextAsync(Path.Combine(folder, "asked"), Cancellation)).Trim(), 24 << 20, TimeSpan.FromMilliseconds(700));
        var (result, events) = await running;

        Assert.True(result.Succeeded, events.Text);
        Assert.Equal(workers ?? 16, server.MostInFlight);
        Assert.True(server.Longest >= 256 * 1024, $"the longest read had {server.Longest} bytes");
        Assert.Empty(harness.Leftovers());
    }
}
