using System.Diagnostics;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Storages;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>A storage whose file system takes questions and never answers.</summary>
public sealed class DeadStorageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_storage_that_does_not_answer_holds_up_nothing_and_leaves_one_process_behind_and_works_again_when_it_is_back()
    {
        await using var harness = new EngineHarness(storageAnswerLimit: TimeSpan.FromSeconds(2));
        await harness.MakeSamplesAsync();
        Assert.True((await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None), 101)).Result.Succeeded);
        var folder = Path.Combine(harness.Folder, "dead");
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"\ndir: dead\n\tpath {folder}\n\tcontent backup\n\tis_mountpoint 1\n", Cancellation);
        using (var disk = HangingDisk.Mount(folder))
        {
            // The first look waits for its time; what others have is shown before.
            await using var watch = harness.Get<ArchiveCatalogue>().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
            Assert.True(await watch.MoveNextAsync());
            Assert.Single(watch.Current.Archives);
            Assert.Empty(watch.Current.Problems);
            Assert.True(await watch.MoveNextAsync());
            Assert.Contains("'dead' does not answer", Assert.Single(watch.Current.Problems), StringComparison.Ordinal);

            // Every other look, whatever it wants, is told so at once and asks nothing more.
            var clock = Stopwatch.StartNew();
            for (var look = 0; look < 10; look++)
            {
                Assert.Contains("does not answer", (await StateAsync(harness)).Problem, StringComparison.Ordinal);
                Assert.Single((await harness.Get<ArchiveCatalogue>().ListAsync(Cancellation)).Archives);
            }

            await Assert.ThrowsAsync<ProblemException>(() => harness.Get<ArchiveCatalogue>().RemoveAsync(ArchiveId.Of("dead", "vzdump-lxc-1.tar")!, Cancellation));
            var (failed, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.None) with { Storage = "dead" }, 101);
            var (fine, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Gzip), 101);

            Assert.Contains("'dead' does not answer", failed.Error, StringComparison.Ordinal);
            Assert.True(fine.Succeeded, events.Text);
            Assert.Equal(1, disk.Waiting);
            Assert.Equal(1, Processes(folder));
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
        }

        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), "\tis_mountpoint 0\n", Cancellation);
        await Until.TrueAsync(async () => (await StateAsync(harness)).IsActive, "the storage was back");
        await Until.TrueAsync(() => Processes(folder) == 0, "nothing was left behind");
    }

    [Fact]
    public async Task One_protected_archive_too_many_is_refused_before_the_guest_is_touched()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), "\tmax-protected-backups 1\n", Cancellation);
        var settings = EngineHarness.Stop(CompressionKind.None) with { Protected = true };

        var (first, _) = await harness.BackUpAsync(settings, 101);
        var (second, events) = await harness.BackUpAsync(settings, 101);
        var (other, _) = await harness.BackUpAsync(settings with { Protected = false }, 101);

        Assert.True(first.Succeeded);
        Assert.Contains("allows 1 (max-protected-backups)", Assert.IsType<TaskOutcome.Failed>(Assert.Single(second.Tasks).Outcome).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("backup mode", events.Text, StringComparison.Ordinal);
        Assert.True(other.Succeeded);
    }

    private static async Task<StorageState> StateAsync(EngineHarness harness) =>
        (await harness.Get<StorageInventory>().ListAsync(Cancellation)).Single(storage => storage.Name == "dead");

    private static int Processes(string folder) => Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])).Count(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(folder, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });
}
