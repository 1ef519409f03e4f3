using VzDump.Engine.Archives;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Engine.Archives;

public sealed class ArchiveFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vzdump-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_listing_reads_names_sizes_notes_protection_and_log()
    {
        const string name = "vzdump-lxc-101-2026_08_22-03_00_07.tar.zst";
        Write(name, "12345");
        Write(name + ".notes", "first line\nsecond");
        Write(name + ".protected", "");
        Write("vzdump-lxc-101-2026_08_22-03_00_07.log", "log");
        Write("vzdump-lxc-101-2026_08_23-03_00_07.tar.dat", "half");
        Write("readme.txt", "");

        var archive = Assert.Single(ArchiveFolder.List("local", _folder.FullName, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));

        Assert.Equal((name, 5, "first line", true, false), (archive.Name, archive.Size, archive.Notes, archive.IsProtected, archive.IsRenamed));
        Assert.Equal(GuestId.Parse("101"), archive.Guest);
        Assert.Equal(new DateTimeOffset(2026, 8, 22, 3, 0, 7, TimeSpan.FromHours(2)), archive.Time);
        Assert.EndsWith(".log", archive.LogPath, StringComparison.Ordinal);
    }

    [Fact]
    public void A_renamed_archive_is_listed_with_its_files_time_and_no_VMID()
    {
        Write("vzdump-qemu-golden.vma", "x");
        File.SetLastWriteTimeUtc(Path.Combine(_folder.FullName, "vzdump-qemu-golden.vma"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));

        var archive = Assert.Single(ArchiveFolder.List("local", _folder.FullName, TimeZoneInfo.Utc));

        Assert.True(archive.IsRenamed);
        Assert.Null(archive.Guest);
        Assert.Equal(GuestKind.Qemu, archive.Kind);
        Assert.Equal(2020, archive.Time.Year);
    }

    [Fact]
    public void An_archive_in_the_hour_that_the_clocks_skip_is_listed_all_the_same()
    {
        Write("vzdump-lxc-101-2026_03_29-02_30_00.tar", "x");

        Assert.Equal(new DateTimeOffset(2026, 3, 29, 3, 30, 0, TimeSpan.FromHours(2)), Assert.Single(ArchiveFolder.List("local", _folder.FullName, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"))).Time);
    }

    [Fact]
    public async Task A_draft_becomes_an_archive_only_when_it_is_committed()
    {
        var name = ArchiveName.For(GuestKind.Lxc, GuestId.Parse("101"), new DateTime(2026, 8, 22, 3, 0, 7), CompressionKind.Zstd);
        await using (var thrownAway = ArchiveDraft.Open(_folder.FullName, name))
        {
            await thrownAway.Stream.WriteAsync(new byte[10], TestContext.Current.CancellationToken);
            Assert.Empty(ArchiveFolder.List("local", _folder.FullName, TimeZoneInfo.Utc));
        }

        Assert.Empty(_folder.GetFiles());
        await using (var kept = ArchiveDraft.Open(_folder.FullName, name))
        {
            await kept.Stream.WriteAsync(new byte[10], TestContext.Current.CancellationToken);
            await kept.CommitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal([name.FileName, ArchiveDigest.PathOf(name.FileName)], _folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.Throws<VzDump.Engine.ProblemException>(() => ArchiveDraft.Open(_folder.FullName, name));
    }

    [Fact]
    public async Task A_commit_never_replaces_an_archive_that_somebody_else_made_meanwhile()
    {
        var name = ArchiveName.For(GuestKind.Lxc, GuestId.Parse("101"), new DateTime(2026, 8, 22, 3, 0, 7), CompressionKind.None);
        await using (var draft = ArchiveDraft.Open(_folder.FullName, name))
        {
            Write(name.FileName, "somebody else's");
            await Assert.ThrowsAnyAsync<IOException>(() => draft.CommitAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal("somebody else's", await File.ReadAllTextAsync(Path.Combine(_folder.FullName, name.FileName), TestContext.Current.CancellationToken));
        Assert.Single(_folder.GetFiles());
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
