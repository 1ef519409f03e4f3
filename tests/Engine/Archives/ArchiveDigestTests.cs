using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Archives;

public sealed class ArchiveDigestTests : IDisposable
{
    private static readonly ArchiveName Name = ArchiveName.For(GuestKind.Qemu, GuestId.Parse("100"), new DateTime(2026, 8, 22, 3, 0, 0), CompressionKind.Zstd);
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Archive => Path.Combine(_folder, Name.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_committed_archive_has_a_digest_that_sha256sum_accepts()
    {
        await MakeAsync();

        var check = await new HostPrograms().RunAsync(new HostCommand("sha256sum", "--strict", "-c", ArchiveDigest.PathOf(Name.FileName)) { Folder = _folder }, Cancellation);

        Assert.True(check.Exit.Succeeded, check.Output + check.ErrorOutput);
        Assert.Equal($"{Name}: OK\n", check.Output);
    }

    [Fact]
    public async Task A_draft_that_is_thrown_away_leaves_no_digest()
    {
        await using (var draft = ArchiveDraft.Open(_folder, Name))
        {
            await draft.Stream.WriteAsync(new byte[100], Cancellation);
        }

        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public async Task A_name_that_somebody_took_meanwhile_keeps_its_archive_and_its_digest()
    {
        await using (var draft = ArchiveDraft.Open(_folder, Name))
        {
            await File.WriteAllTextAsync(Archive, "theirs", Cancellation);
            await File.WriteAllTextAsync(ArchiveDigest.PathOf(Archive), "their digest", Cancellation);
            await Assert.ThrowsAsync<IOException>(() => draft.CommitAsync(Cancellation));
        }

        Assert.Equal("theirs", await File.ReadAllTextAsync(Archive, Cancellation));
        Assert.Equal("their digest", await File.ReadAllTextAsync(ArchiveDigest.PathOf(Archive), Cancellation));
        Assert.Equal(2, Directory.EnumerateFiles(_folder).Count());
    }

    [Fact]
    public async Task What_a_kill_in_the_last_moment_leaves_is_removed_and_digests_of_archives_stay()
    {
        await MakeAsync();
        var other = Path.Combine(_folder, "vzdump-qemu-100-2026_08_22-03_00_01");
        foreach (var left in (string[])[$"{other}.vma.dat", $"{other}.vma.zst.sha256", $"{other}.vma.zst.sha256.new"])
        {
            await File.WriteAllTextAsync(left, "", Cancellation);
        }

        ArchiveDraft.Discard($"{other}.vma.dat");

        Assert.Equal([Name.FileName, ArchiveDigest.PathOf(Name.FileName)], Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_is_no_archive_itself_is_listed_with_its_archive_and_goes_with_it()
    {
        await MakeAsync();

        Assert.True(Assert.Single(ArchiveFolder.List("local", _folder, TimeZoneInfo.Utc)).HasDigest);
        Assert.False(ArchiveName.IsArchive(ArchiveDigest.PathOf(Name.FileName)));
        ArchiveRemoval.Remove(Archive);

        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Theory]
    [InlineData("{0}  vzdump-qemu-100-another-name.vma.zst\n")]
    [InlineData("{0} *x\r\n")]
    [InlineData("{0}")]
    public async Task It_is_read_in_every_form_that_sha256sum_writes_whatever_the_archive_is_called_now(string form)
    {
        var digits = new string('A', 64);
        await File.WriteAllTextAsync(ArchiveDigest.PathOf(Archive), string.Format(System.Globalization.CultureInfo.InvariantCulture, form, digits), Cancellation);

        Assert.Equal(digits.ToLowerInvariant(), await ArchiveDigest.ReadAsync(Archive, Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("123  x")]
    [InlineData("zz23456789012345678901234567890123456789012345678901234567890123  x")]
    public async Task One_that_cannot_be_understood_is_told_from_none(string text)
    {
        Assert.Null(await ArchiveDigest.ReadAsync(Archive, Cancellation));
        await File.WriteAllTextAsync(ArchiveDigest.PathOf(Archive), text, Cancellation);

        Assert.Contains("cannot be understood", (await Assert.ThrowsAsync<ProblemException>(() => ArchiveDigest.ReadAsync(Archive, Cancellation))).Message, StringComparison.Ordinal);
    }

    // Pieces below and above the size that goes to another thread.
    private async Task MakeAsync()
    {
        await using var draft = ArchiveDraft.Open(_folder, Name);
        foreach (var length in (int[])[1, 0, 70_000, 4096, 1 << 20, 65536, 65535])
        {
            var data = new byte[length];
            new Random(length).NextBytes(data);
            await draft.Stream.WriteAsync(data, Cancellation);
        }

        await draft.CommitAsync(Cancellation);
    }
}
