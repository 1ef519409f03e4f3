using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Where a backup's data goes, and where old data is kept meanwhile, is not the guest's concern.</summary>
public sealed class MachineStallTests(GuestKernel kernel)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("virtio", "")]
    [InlineData("scsi", ",iothread=1")]
    public async Task A_target_that_takes_nothing_more_holds_no_write_of_the_guest_up_and_the_archive_is_of_its_moment_all_the_same(string bus, string options)
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, bus, options, dataMiB: 48);
        await guest.StartAsync();
        await guest.WatchAsync();
        var path = Path.Combine(harness.Folder, "archive.vma");
        using var target = new StallingTarget(path, after: 2 << 20);
        var events = new EventList();

        var running = harness.Engine.RunAsync(EngineHarness.JobOf(Snapshot, 100), new RunTerms { Output = target }, events, Cancellation);
        await target.Stalled.WaitAsync(TimeSpan.FromMinutes(4), Cancellation);
        // All of C is written over, several times.
        for (var round = 0; round < 3; round++)
        {
            await guest.AssertWritesOnAsync(events.Text);
        }

        Assert.False(running.IsCompleted, events.Text);
        var last = guest.Count();
        target.GoOn();
        var result = await running;

        Assert.True(result.Succeeded, events.Text);
        await target.DisposeAsync();
        using var restored = await RestoredMachine.FromAsync(path);
        Assert.True(restored.AssertOneMoment(bus) < last, "it is of the moment before the stall");
        Assert.All(await guest.PausesAsync(), pause => Assert.InRange(pause, TimeSpan.Zero, TimeSpan.FromSeconds(5)));
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task A_backup_whose_target_stalls_for_ever_can_be_cancelled_and_leaves_nothing()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: 48);
        await guest.StartAsync();
        using var target = new StallingTarget(Path.Combine(harness.Folder, "archive.vma"), after: 1 << 20);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var events = new EventList();

        var running = harness.Engine.RunAsync(EngineHarness.JobOf(Snapshot, 100), new RunTerms { Output = target }, events, stop.Token);
        await target.Stalled.WaitAsync(TimeSpan.FromMinutes(4), Cancellation);
        await guest.AssertWritesOnAsync(events.Text);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromMinutes(4), Cancellation));

        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task Fleecing_images_lie_on_the_storage_that_is_meant_for_them_and_are_gone_afterwards()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel, dataMiB: 16);
        var images = await AddFastStorageAsync(harness);
        await guest.StartAsync();
        using var target = new StallingTarget(Path.Combine(harness.Folder, "archive.vma"), after: 1 << 20);
        var events = new EventList();

        var running = harness.Engine.RunAsync(EngineHarness.JobOf(Snapshot with { Fleecing = new FleecingSettings(true, "fast") }, 100), new RunTerms { Output = target }, events, Cancellation);
        await target.Stalled.WaitAsync(TimeSpan.FromMinutes(4), Cancellation);

        Assert.Equal(Enumerable.Range(0, 4).Select(index => $"vm-100-vzw-fleece-{index}.qcow2"), Directory.EnumerateFiles(images).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(harness.Dump, "*.qcow2", SearchOption.AllDirectories));
        // What the guest writes over is kept in them: a mebibyte of C.
        await guest.AssertWritesOnAsync(events.Text);
        Assert.InRange(new FileInfo(Path.Combine(images, "vm-100-vzw-fleece-2.qcow2")).Length, 1 << 20, 3 << 20);
        target.GoOn();
        Assert.True((await running).Succeeded, events.Text);

        Assert.Empty(Directory.EnumerateFiles(images));
        await guest.AssertGoesOnAsync(events.Text);
        await guest.AssertNothingLeftAsync(events.Text);
    }

    [Fact]
    public async Task Fleecing_images_on_their_storage_are_gone_after_a_kill_and_the_next_start()
    {
        await using var harness = new EngineHarness();
        await using var guest = await QemuGuest.MakeAsync(harness, kernel);
        var images = await AddFastStorageAsync(harness);
        await File.WriteAllTextAsync(Path.Combine(harness.Folder, "vzdump.conf"), "fleecing: enabled=1,storage=fast\n", Cancellation);
        await guest.StartAsync();
        using var victim = Victim.Start("backup", harness.Folder, harness.LxcFolder, "100", "0", "snapshot", "open-after");
        var said = await victim.WaitForKillAsync(null);
        Assert.Equal(4, Directory.EnumerateFiles(images).Count());

        var recovered = string.Join('\n', [said, .. await harness.Engine.RecoverAsync(Cancellation)]);

        Assert.Empty(Directory.EnumerateFiles(images));
        await guest.AssertGoesOnAsync(recovered);
        await guest.AssertNothingLeftAsync(recovered);
    }

    private static BackupSettings Snapshot => new() { Mode = BackupMode.Snapshot, Compress = CompressionKind.None };

    /// <summary>Answers the folder of VM 100's images there.</summary>
    private static async Task<string> AddFastStorageAsync(EngineHarness harness)
    {
        var path = Directory.CreateDirectory(Path.Combine(harness.Folder, "fast")).FullName;
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"\ndir: fast\n\tpath {path}\n\tcontent images\n", Cancellation);
        return Path.Combine(path, "images/100");
    }
}
