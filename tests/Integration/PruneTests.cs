using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Retention;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class PruneTests
{
    [Fact]
    public async Task After_a_backup_older_ones_go_as_the_policy_says_and_protected_ones_stay()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var old = Enumerable.Range(1, 4).Select(day => Path.Combine(harness.Dump, $"vzdump-lxc-101-2026_01_{day:00}-03_00_00.tar.zst")).ToList();
        old.ForEach(path => File.WriteAllText(path, "old"));
        await File.WriteAllTextAsync(old[0] + ".protected", "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(harness.Dump, "vzdump-lxc-102-2026_01_01-03_00_00.tar.zst"), "another guest's", TestContext.Current.CancellationToken);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Prune = new KeepPolicy { Last = 2 } }, 101);

        Assert.True(result.Succeeded, events.Text);
        var done = Assert.IsType<TaskOutcome.Done>(Assert.Single(result.Tasks).Outcome);
        Assert.Equal(
            [old[0], old[3], done.ArchivePath, Path.Combine(harness.Dump, "vzdump-lxc-102-2026_01_01-03_00_00.tar.zst")],
            Directory.EnumerateFiles(harness.Dump).Where(path => ArchiveName.IsArchive(Path.GetFileName(path))).Order(StringComparer.Ordinal));
        Assert.Contains("INFO: prune older backups with retention: keep-last=2", events.Lines);
        Assert.Contains("INFO: removing backup 'vzdump-lxc-101-2026_01_02-03_00_00.tar.zst'", events.Lines);
    }

    [Fact]
    public async Task A_failed_backup_removes_nothing()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var old = Path.Combine(harness.Dump, "vzdump-lxc-101-2026_01_01-03_00_00.tar.zst");
        await File.WriteAllTextAsync(old, "old", TestContext.Current.CancellationToken);
        Directory.Delete(Path.Combine(harness.Folder, "storage/local/images/101"), recursive: true);

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Prune = new KeepPolicy { Last = 1 } }, 101);

        Assert.False(result.Succeeded);
        Assert.True(File.Exists(old));
    }

    [Theory]
    [InlineData("prune-backups keep-last=1")]
    [InlineData("maxfiles 1")]
    public async Task The_storages_own_limit_holds_and_without_removing_one_more_is_refused_before_the_guest_is_touched(string limit)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"\t{limit}\n", TestContext.Current.CancellationToken);
        var old = Path.Combine(harness.Dump, "vzdump-lxc-101-2026_01_01-03_00_00.tar.zst");
        await File.WriteAllTextAsync(old, "old", TestContext.Current.CancellationToken);

        var (refused, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Remove = false }, 101);
        Assert.Contains("allows no more", Assert.IsType<TaskOutcome.Failed>(Assert.Single(refused.Tasks).Outcome).Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(old), events.Text);

        var (done, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 101);
        Assert.True(done.Succeeded);
        Assert.False(File.Exists(old));
    }
}
