using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;
using VzDump.Engine.Storages;

namespace VzDump.Tests.Engine.Storages;

public sealed class ArchiveCatalogueTests : IDisposable
{
    private const string Name = "vzdump-lxc-101-2026_08_22-03_00_07.tar.zst";
    private readonly StorageFixture _fixture = new(new FakeTimeProvider());
    private readonly string _dump;

    public ArchiveCatalogueTests()
    {
        _fixture.Write($"dir: local\n\tpath {_fixture.Folder}/local\n\tcontent backup\n\tmax-protected-backups 2\n\ndir: gone\n\tpath {_fixture.Folder}/gone\n\tcontent backup\n");
        _dump = Directory.CreateDirectory(Path.Combine(_fixture.Folder, "local", "dump")).FullName;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ArchiveId Id => ArchiveId.TryParse("local:backup/" + Name)!;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task It_shows_what_lies_in_the_folder_whatever_files_are_called()
    {
        Write(Name, "12345");
        Write(Name + ".notes", "web server\nand more");
        Write(Name + ".protected", "");
        Write("vzdump-lxc-101-2026_08_22-03_00_07.log", "log");
        Write("vzdump-qemu-100-2026_08_23-03_00_07.vma", "1");
        Write("vzdump-qemu-100-2026_08_23-03_00_07.vma.notes", "without an end of line, and ümlauts");
        Write("vzdump-qemu-golden one\twith a tab.vma", "1");
        Write("vzdump-qemu-golden one\twith a tab.vma.notes", "a\0b");
        Write("vzdump-qemu-101-2026_08_23-03_00_07.vma", "1");
        Write("vzdump-qemu-101-2026_08_23-03_00_07.vma.notes", "\nsecond");
        Write("vzdump-lxc-102-2026_08_23-03_00_07.tar.dat", "half");
        Write("readme", "");
        File.CreateSymbolicLink(Path.Combine(_dump, "vzdump-lxc-666-2026_08_22-03_00_07.tar"), "/etc/shadow");
        Directory.CreateDirectory(Path.Combine(_dump, "vzdump-lxc-103-2026_08_22-03_00_07.tar"));

        var listing = await _fixture.Catalogue.ListAsync(Cancellation);

        Assert.Equal(4, listing.Archives.Count);
        Assert.Equal(["", "a\0b", "web server", "without an end of line, and ümlauts"], listing.Archives.Select(archive => archive.Notes).Order(StringComparer.Ordinal));
        Assert.Equal(ArchiveFolder.List("local", _dump, TimeZoneInfo.Utc).OrderBy(archive => archive.Name, StringComparer.Ordinal).Select(archive => archive with { Time = default }),
            listing.Archives.OrderBy(archive => archive.Name, StringComparer.Ordinal).Select(archive => archive with { Time = default }));
        Assert.Contains("gone", Assert.Single(listing.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guests_archives_are_those_of_its_type_and_VMID_and_are_not_waited_for_longer_than_a_storage_may_take()
    {
        Write(Name, "12345");
        Write(Name + ".protected", "");
        Write("vzdump-lxc-101-2026_08_22-03_00_07.log", "log");
        Write("vzdump-qemu-101-2026_08_23-03_00_07.vma", "1");
        Write("vzdump-lxc-1011-2026_08_23-03_00_07.tar", "1");
        Write("vzdump-lxc-golden-101-x.tar", "1");
        var storage = new BackupStorage("local", _dump);

        var own = Assert.Single(await _fixture.Folders.OfGuestAsync(storage, GuestKind.Lxc, GuestId.Parse("101"), TimeZoneInfo.Utc, Cancellation));
        Assert.Equal(ArchiveFolder.List("local", _dump, TimeZoneInfo.Utc).Single(archive => archive.Name == Name), own);

        _fixture.Record("find", "exec sleep 1000");
        var watch = Stopwatch.StartNew();
        var problem = await Assert.ThrowsAsync<ProblemException>(() => _fixture.Folders.OfGuestAsync(storage, GuestKind.Lxc, GuestId.Parse("101"), TimeZoneInfo.Utc, Cancellation));
        Assert.Contains("does not answer", problem.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public async Task Every_change_in_the_folder_is_seen_by_the_next_listing()
    {
        Write(Name, "12345");
        Write(Name + ".notes", "first");
        Assert.Equal("first", (await OneAsync()).Notes);

        Write(Name + ".new", "other");
        File.Move(Path.Combine(_dump, Name + ".new"), Path.Combine(_dump, Name + ".notes"), overwrite: true); // as long as before, maybe in the same instant
        await File.AppendAllTextAsync(Path.Combine(_dump, Name), "6", Cancellation);
        Assert.Equal(("other", 6, false), (await OneAsync()) is var changed ? (changed.Notes, changed.Size, changed.IsProtected) : default);

        Write(Name + ".protected", "");
        File.Delete(Path.Combine(_dump, Name + ".notes"));
        Assert.Equal(("", true), (await OneAsync()) is var again ? (again.Notes, again.IsProtected) : default);
    }

    [Fact]
    public async Task Notes_are_written_whole_and_empty_ones_are_removed()
    {
        Write(Name, "1");
        var outside = Path.Combine(_fixture.Folder, "outside");
        await File.WriteAllTextAsync(outside, "untouched", Cancellation);
        File.CreateSymbolicLink(Path.Combine(_dump, Name + ".notes.new"), outside);

        await _fixture.Catalogue.SetNotesAsync(Id, "before the upgrade\nsecond line", Cancellation);
        Assert.Equal("before the upgrade", (await OneAsync()).Notes);
        Assert.Equal("untouched", await File.ReadAllTextAsync(outside, Cancellation));

        await _fixture.Catalogue.SetNotesAsync(Id, " ", Cancellation);
        Assert.False(File.Exists(Path.Combine(_dump, Name + ".notes")));
        Assert.Contains("64 KiB", await RefusedAsync(() => _fixture.Catalogue.SetNotesAsync(Id, new string('x', 70_000), Cancellation)), StringComparison.Ordinal);
        File.Delete(Path.Combine(_dump, Name));
        Assert.Contains("no archive", await RefusedAsync(() => _fixture.Catalogue.SetNotesAsync(Id, "x", Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_protected_archive_is_removed_only_after_its_protection_is_taken_off_and_then_with_log_and_notes()
    {
        Write(Name, "1");
        Write(Name + ".notes", "1");
        Write("vzdump-lxc-101-2026_08_22-03_00_07.log", "log");
        await _fixture.Catalogue.SetProtectedAsync(Id, true, isPrivileged: true, Cancellation);
        await _fixture.Catalogue.SetProtectedAsync(Id, true, isPrivileged: true, Cancellation);
        Assert.Contains("is protected", await RefusedAsync(() => _fixture.Catalogue.RemoveAsync(Id, Cancellation)), StringComparison.Ordinal);

        await _fixture.Catalogue.SetProtectedAsync(Id, false, isPrivileged: true, Cancellation);
        await _fixture.Catalogue.RemoveAsync(Id, Cancellation);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_dump));
        await _fixture.Catalogue.RemoveAsync(Id, Cancellation); // gone already: fine
    }

    [Fact]
    public async Task No_more_archives_of_a_guest_can_be_protected_than_the_storage_allows()
    {
        string[] names = ["vzdump-lxc-101-2026_08_20-03_00_07.tar", "vzdump-lxc-101-2026_08_21-03_00_07.tar", Name, "vzdump-lxc-102-2026_08_21-03_00_07.tar"];
        Assert.All(names, name => Write(name, ""));
        Write(names[0] + ".protected", "");
        Write(names[1] + ".protected", "");

        Assert.Contains("allows 2", await RefusedAsync(() => _fixture.Catalogue.SetProtectedAsync(Id, true, isPrivileged: true, Cancellation)), StringComparison.Ordinal);
        await _fixture.Catalogue.SetProtectedAsync(ArchiveId.Of("local", names[3])!, true, isPrivileged: true, Cancellation);
    }

    [Theory]
    [InlineData("local:backup/../../etc/vzdump-lxc-1.tar")]
    [InlineData("local:backup/vzdump-lxc-/../../../x.tar")]
    [InlineData("local:backup/shadow")]
    [InlineData("local:iso/vzdump-lxc-1.tar")]
    [InlineData("local:backup/vzdump-lxc-\u0001.tar")]
    [InlineData(":backup/vzdump-lxc-1.tar")]
    [InlineData("/var/lib/vz/dump/vzdump-lxc-1.tar")]
    public void What_names_no_file_right_in_the_folder_is_no_archive(string text) => Assert.Null(ArchiveId.TryParse(text));

    [Fact]
    public void An_archives_id_is_read_as_it_is_written() => Assert.Equal($"local:backup/{Name}", Id.ToString());

    [Fact]
    public async Task A_log_is_read_of_a_very_long_one_the_end_and_through_no_link()
    {
        var log = Path.Combine(_dump, "vzdump-lxc-101-2026_08_22-03_00_07.log");
        Write(Name, "1");
        await File.WriteAllTextAsync(log, "one\ntwo\n", Cancellation);
        var read = await _fixture.Catalogue.ReadLogAsync(Id, Cancellation);
        Assert.Equal(["one", "two"], read.Lines);
        Assert.False(read.IsCut);

        await File.WriteAllLinesAsync(log, Enumerable.Range(0, 600_000).Select(number => $"line {number}"), Cancellation);
        var cut = await _fixture.Catalogue.ReadLogAsync(Id, Cancellation);
        Assert.Equal(("line 599999", true), (cut.Lines[^1], cut.IsCut));
        Assert.StartsWith("line ", cut.Lines[0], StringComparison.Ordinal);

        File.Delete(log);
        Assert.Contains("cannot be read", await RefusedAsync(() => _fixture.Catalogue.ReadLogAsync(Id, Cancellation)), StringComparison.Ordinal);
        File.CreateSymbolicLink(log, "/etc/passwd");
        Assert.Contains("cannot be read", await RefusedAsync(() => _fixture.Catalogue.ReadLogAsync(Id, Cancellation)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vzdump-lxc-101-2026_08_22-03_00_07.tar", "cat")]
    [InlineData("vzdump-lxc-101-2026_08_22-03_00_07.tar.zst", "zstd")]
    [InlineData("vzdump-lxc-101-2026_08_22-03_00_07.tar.gz", "gzip")]
    [InlineData("vzdump-lxc-101-2026_08_22-03_00_07.tar.lzo", "lzop")]
    public async Task An_archives_configuration_is_read_without_reading_the_rest_of_it(string name, string program)
    {
        var archive = Path.Combine(_dump, name);
        var folder = Directory.CreateDirectory(Path.Combine(_fixture.Folder, "root", "etc", "vzdump"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "pct.conf"), "hostname: web\n", Cancellation);
        var data = new byte[10_000_000];
        new Random(1).NextBytes(data);
        await File.WriteAllBytesAsync(Path.Combine(_fixture.Folder, "root", "data"), data, Cancellation);
        const string script = "tar cf - -C \"$1\" ./etc/vzdump/pct.conf ./data | \"$2\" > \"$3\"; truncate -s -1000 \"$3\"";
        await new HostPrograms().RunAsync(new HostCommand("sh", "-c", script, "sh", Path.Combine(_fixture.Folder, "root"), program, archive), Cancellation);

        // Its end is cut off: who reads it all would complain.
        Assert.Equal("hostname: web\n", (await _fixture.Catalogue.ReadConfigAsync(ArchiveId.Of("local", name)!, Cancellation)).Config);
    }

    [Theory]
    [InlineData("vzdump-lxc-101-2026_08_22-03_00_07.tar.gz", "head -c 2000000000 /dev/zero | gzip -1")]
    [InlineData("vzdump-qemu-101-2026_08_22-03_00_07.vma.zst", "head -c 2000000000 /dev/zero | zstd -1")]
    [InlineData("vzdump-lxc-101-2026_08_22-03_00_07.tar.zst", "echo nonsense")]
    public async Task An_archive_that_is_none_gives_an_error_and_no_more(string name, string script)
    {
        await new HostPrograms().RunAsync(new HostCommand("sh", "-c", script + " > \"$0\"", Path.Combine(_dump, name)), Cancellation);

        await RefusedAsync(() => _fixture.Catalogue.ReadConfigAsync(ArchiveId.Of("local", name)!, Cancellation));
        File.Delete(Path.Combine(_dump, name));
        File.CreateSymbolicLink(Path.Combine(_dump, name), "/etc/hostname");
        Assert.Contains("no archive", await RefusedAsync(() => _fixture.Catalogue.ReadConfigAsync(ArchiveId.Of("local", name)!, Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_watches_sees_a_change_that_was_made_here()
    {
        Write(Name, "1");
        await using var watch = _fixture.Catalogue.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        do
        {
            Assert.True(await watch.MoveNextAsync());
        }
        while (watch.Current.Archives.Count == 0 || watch.Current.Problems.Count == 0);

        var next = watch.MoveNextAsync().AsTask();
        await _fixture.Catalogue.SetNotesAsync(Id, "seen", Cancellation);

        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(60), Cancellation));
        Assert.Equal("seen", Assert.Single(watch.Current.Archives).Notes);
    }

    private async Task<Archive> OneAsync() => Assert.Single((await _fixture.Catalogue.ListAsync(Cancellation)).Archives);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_dump, name), text);

    private static async Task<string> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<ProblemException>(act)).Message;
}
