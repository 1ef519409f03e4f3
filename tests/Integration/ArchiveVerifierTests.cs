using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Restores;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>Archives of both kinds, as they were made and spoilt in every way.</summary>
public sealed class ArchiveVerifierTests
{
    private const int Machine = 200, Container = 101;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int, CompressionKind> Kinds => [.. from guest in (int[])[Machine, Container] from compress in Enum.GetValues<CompressionKind>() select new TheoryDataRow<int, CompressionKind>(guest, compress)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_archive_is_sound_until_it_is_spoilt_and_each_check_says_what_it_saw(int guest, CompressionKind compress)
    {
        await using var harness = new EngineHarness();
        var archive = await MakeAsync(harness, guest, compress);
        var whole = await File.ReadAllBytesAsync(archive, Cancellation);
        var progress = new LastProgress();

        var sound = await harness.Get<ArchiveVerifier>().VerifyAsync(archive, progress, Cancellation);
        Assert.All(sound.Parts, part => Assert.True(part.State is PartState.Sound, part.Text));
        Assert.Equal(new CheckProgress(whole.Length, whole.Length), progress.Last);
        Assert.Equal(whole.Length, sound.FileBytes);
        Assert.True(sound.DataBytes >= whole.Length / 2 && sound.BytesPerSecond > 0);

        // One bit amid the data.
        var flipped = whole.ToArray();
        flipped[whole.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(archive, flipped, Cancellation);
        var bad = await harness.Get<ArchiveVerifier>().VerifyAsync(archive, null, Cancellation);
        Assert.False(bad.IsSound);
        Assert.Equal(PartState.Bad, bad[ArchivePart.Digest].State);
        Assert.Contains("is not as it was written", bad[ArchivePart.Digest].Text, StringComparison.Ordinal);
        Assert.Equal(compress is CompressionKind.None ? PartState.Sound : PartState.Bad, bad[ArchivePart.Compression].State);
        if (compress is CompressionKind.None)
        {
            // Only the digest can tell.
            Assert.Equal(PartState.Sound, bad[ArchivePart.Structure].State);
        }

        foreach (var length in (int[])[0, 100, whole.Length / 3, whole.Length - 1])
        {
            await File.WriteAllBytesAsync(archive, whole[..length], Cancellation);
            var cut = await harness.Get<ArchiveVerifier>().VerifyAsync(archive, null, Cancellation);
            Assert.Equal(PartState.Bad, cut[ArchivePart.Digest].State);
            Assert.True(cut[ArchivePart.Structure].State is PartState.Bad || cut[ArchivePart.Compression].State is PartState.Bad, $"cut to {length}");
            Assert.All(cut.Parts, part => Assert.EndsWith(".", part.Text));
        }

        await File.WriteAllBytesAsync(archive, whole, Cancellation);
        File.Delete(ArchiveDigest.PathOf(archive));
        var without = await harness.Get<ArchiveVerifier>().VerifyAsync(archive, null, Cancellation);
        Assert.True(without.IsSound);
        Assert.Equal(PartState.NotChecked, without[ArchivePart.Digest].State);
        Assert.Contains("no digest", without[ArchivePart.Digest].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_can_be_cancelled_and_leaves_no_program_behind()
    {
        await using var harness = new EngineHarness();
        var archive = await MakeAsync(harness, Machine, CompressionKind.Zstd);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.Get<ArchiveVerifier>().VerifyAsync(archive, null, cancel.Token));
    }

    [Fact]
    public async Task A_restored_digest_of_a_renamed_archive_still_counts()
    {
        await using var harness = new EngineHarness();
        var archive = await MakeAsync(harness, Machine, CompressionKind.Zstd);
        var renamed = Path.Combine(harness.Dump, "vzdump-qemu-before the upgrade.vma.zst");
        File.Move(archive, renamed);
        File.Move(ArchiveDigest.PathOf(archive), ArchiveDigest.PathOf(renamed));

        Assert.Equal(PartState.Sound, (await harness.Get<ArchiveVerifier>().VerifyAsync(renamed, null, Cancellation))[ArchivePart.Digest].State);
    }

    private static async Task<string> MakeAsync(EngineHarness harness, int guest, CompressionKind compress)
    {
        if (guest == Machine)
        {
            await TestMachine.MakeAsync(harness, Machine, "name: web\n", ("scsi0", TestMachine.Noise(1, 3_000_000), 8 << 20), ("scsi1", null, 1 << 20));
        }
        else
        {
            await harness.MakeSamplesAsync();
            // Its middle is then in the middle of this file.
            await File.WriteAllBytesAsync(Path.Combine(harness.Folder, "storage/local/images/101/subvol-101-disk-0.subvol/noise"), TestMachine.Noise(2, 4_000_000), Cancellation);
            foreach (var large in Directory.EnumerateFiles(Path.Combine(harness.Folder, "storage/local/images/101"), "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "noise" && new FileInfo(path).Length > 200_000))
            {
                File.Delete(large);
            }
        }

        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(compress), guest);
        return result.Tasks[0].Outcome is TaskOutcome.Done done ? done.ArchivePath : throw new InvalidOperationException(events.Text);
    }

    private sealed class LastProgress : IProgress<CheckProgress>
    {
        public CheckProgress Last { get; private set; }

        public void Report(CheckProgress value) => Last = value;
    }
}
