using VzDump.Engine.Compression;
using VzDump.Engine.Storages;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

public sealed class StorageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nodes other-node", "is not for this node")]
    [InlineData("is_mountpoint 1", "nothing is mounted on")]
    [InlineData("disable", "is disabled")]
    [InlineData("prune-backups keep-often=1", "retention in storage.cfg that cannot be read")]
    public async Task A_storage_that_may_not_be_used_now_says_why(string property, string reason)
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"\t{property}\n", Cancellation);

        var (result, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd), 101);

        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Single(await harness.Get<StorageInventory>().ListAsync(Cancellation)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mounted_storage_that_must_be_mounted_is_used()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var folder = Path.Combine(harness.Folder, "my disk");
        await using var disk = await SmallDisk.MountAsync(folder, mebibytes: 30);
        await File.AppendAllTextAsync(Path.Combine(harness.Folder, "storage.cfg"), $"\ndir: usb\n\tpath {folder}\n\tcontent backup\n\tis_mountpoint yes\n\tnodes {Environment.MachineName.Split('.')[0]},other\n", Cancellation);

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Storage = "usb" }, 101);

        Assert.True(result.Succeeded, events.Text);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(folder, "dump"), "*.tar.zst"));
    }

    [Fact]
    public async Task Storage_and_folder_at_once_are_refused_and_so_are_notes_in_a_plain_folder()
    {
        await using var harness = new EngineHarness();
        await harness.MakeSamplesAsync();

        var (both, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { Storage = "local", DumpFolder = harness.Dump }, 101);
        var (notes, _) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { DumpFolder = harness.Dump, NotesTemplate = "{{vmid}}" }, 101);
        var (plain, events) = await harness.BackUpAsync(EngineHarness.Stop(CompressionKind.Zstd) with { DumpFolder = harness.Dump }, 101);

        Assert.Contains("only one of them", both.Error, StringComparison.Ordinal);
        Assert.Contains("need a storage", notes.Error, StringComparison.Ordinal);
        Assert.True(plain.Succeeded, events.Text);
    }
}
