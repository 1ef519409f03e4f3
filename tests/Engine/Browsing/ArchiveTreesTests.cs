using System.Text;
using VzDump.Engine;
using VzDump.Engine.Browsing;

namespace VzDump.Tests.Engine.Browsing;

/// <summary>Indexes of archives that GNU tar wrote.</summary>
public sealed class ArchiveTreesTests : IDisposable
{
    private readonly BrowsedArchive _archive = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _archive.Dispose();

    [Fact]
    public async Task Folders_come_first_and_each_entry_says_what_it_is()
    {
        await _archive.RunAsync("mkdir -p etc/ssh empty && echo 127.0.0.1 > etc/hosts && ln -s hosts etc/alias && ln etc/hosts etc/twin && mkfifo etc/pipe && chmod 640 etc/hosts && touch -d @1700000000 etc/hosts && truncate -s 3M etc/hole && echo x >> etc/hole");
        using var tree = await _archive.OpenAsync(await _archive.PackAsync(".zst", "--owner=1000", "--group=2000"));

        Assert.Equal(["empty", "etc"], tree.List(MemberPath.Root, 0, 100).Entries.Select(entry => entry.Path.Name));
        var etc = tree.List(BrowsedArchive.At("etc"), 0, 100);
        Assert.Equal(["ssh", "alias", "hole", "hosts", "pipe", "twin"], etc.Entries.Select(entry => entry.Path.Name));
        Assert.Equal(6, etc.Count);
        var file = etc.Entries.First(entry => entry.Kind is EntryKind.File && entry.Path.Name is "hosts" or "twin");
        Assert.Equal((10, 0b110_100_000, 1000, 2000, 1700000000), (file.Size, file.Mode, file.User, file.Group, file.Modified!.Value.ToUnixTimeSeconds()));
        Assert.Equal(["ssh Folder", "alias Link hosts", "hole File", "pipe Pipe"], etc.Entries.Where(entry => entry.Path.Name is not ("hosts" or "twin")).Select(entry => $"{entry.Path.Name} {entry.Kind} {entry.Link}".TrimEnd()));
        Assert.Contains(etc.Entries, entry => entry.Kind is EntryKind.HardLink && entry.Link is "etc/hosts" or "etc/twin");
        Assert.Equal(3 * 1024 * 1024 + 2, tree.Find(BrowsedArchive.At("etc/hole"))!.Size);
        Assert.Null(tree.Find(BrowsedArchive.At("etc/host")));
        Assert.Null(tree.Problem);
    }

    [Fact]
    public async Task Each_name_of_a_large_tree_is_found_where_it_is()
    {
        // Many portions of sorting would need more names; a folder whose name begins like another's must not mix with it.
        await _archive.RunAsync("for d in a a-b a/b a0 'a b' A; do mkdir -p \"$d\"; (cd \"$d\" && seq 1 300 | xargs touch); done; mkdir -p deep/$(seq -s/ 1 200)");
        var path = await _archive.PackAsync("");
        using var tree = await _archive.OpenAsync(path);

        var all = Directory.EnumerateFileSystemEntries(_archive.Tree, "*", SearchOption.AllDirectories).Select(name => Path.GetRelativePath(_archive.Tree, name)).ToList();
        Assert.Equal(all.Count, tree.Count);
        Assert.All(all, name => Assert.Equal(name, tree.Find(BrowsedArchive.At(name))?.Path.ToString()));
        Assert.Equal(300 + 1, tree.List(BrowsedArchive.At("a"), 0, 10).Count);
        Assert.Equal(301, tree.List(BrowsedArchive.At("a"), 0, 10_000).Entries.Count);
        Assert.Equal("98", tree.List(BrowsedArchive.At("a-b"), 298, 10).Entries[0].Path.Name);
        Assert.Equal(["a/17", "a/b/17"], tree.Search("17", BrowsedArchive.At("a"), Cancellation).Where(entry => entry.Path.Name == "17").Select(entry => entry.Path.ToString()));
        Assert.Equal(TreeIndex.MostFound, tree.Search("", MemberPath.Root, Cancellation).Count);
    }

    [Fact]
    public async Task A_search_minds_no_capitals_and_stays_below_its_folder()
    {
        await _archive.RunAsync("mkdir -p one two && touch one/Größe.TXT two/größe.txt one/other");
        using var tree = await _archive.OpenAsync(await _archive.PackAsync(".gz"));

        Assert.Equal(["one/Größe.TXT", "two/größe.txt"], tree.Search("GRÖSSE.txt".Replace("SS", "ß", StringComparison.Ordinal), MemberPath.Root, Cancellation).Select(entry => entry.Path.ToString()));
        Assert.Equal(["two/größe.txt"], tree.Search("größe", BrowsedArchive.At("two"), Cancellation).Select(entry => entry.Path.ToString()));
    }

    [Fact]
    public async Task Folders_that_the_archive_does_not_hold_are_there_all_the_same()
    {
        await _archive.RunAsync("mkdir -p a/b/c && echo 1 > a/b/c/file && echo 2 > a/b/other");
        await _archive.RunAsync("tar cf vzdump-lxc-101-2026_08_22-03_00_00.tar -C tree a/b/c/file a/b/other", _archive.Folder);
        using var tree = await _archive.OpenAsync(Path.Combine(_archive.Folder, "vzdump-lxc-101-2026_08_22-03_00_00.tar"));

        Assert.Equal(["a", "a/b", "a/b/c"], new[] { "a", "a/b", "a/b/c" }.Select(name => tree.Find(BrowsedArchive.At(name))).Where(entry => entry is { Kind: EntryKind.Folder, Modified: null }).Select(entry => entry!.Path.ToString()));
        Assert.Equal(5, tree.Count);
    }

    [Fact]
    public async Task Of_two_files_of_one_name_the_last_one_counts()
    {
        await _archive.RunAsync("echo old > file && tar cf ../vzdump-lxc-101-2026_08_22-03_00_00.tar ./file && echo new > file && tar rf ../vzdump-lxc-101-2026_08_22-03_00_00.tar ./file");
        var path = Path.Combine(_archive.Folder, "vzdump-lxc-101-2026_08_22-03_00_00.tar");
        using var tree = await _archive.OpenAsync(path);

        Assert.Equal(1, tree.Count);
        Assert.Equal("new\n", Encoding.UTF8.GetString(await _archive.ReadAsync(path, tree, "file")));
    }

    [Fact]
    public async Task What_leads_out_of_the_tree_is_left_out_and_counted()
    {
        await _archive.RunAsync("mkdir d && echo 1 > d/good && tar cPf ../vzdump-lxc-101-2026_08_22-03_00_00.tar --transform 's,bad,../../etc/bad,' ./d/good d/good --add-file=d/good && cp d/good bad && tar rPf ../vzdump-lxc-101-2026_08_22-03_00_00.tar --transform 's,bad,../../etc/bad,' bad");
        using var tree = await _archive.OpenAsync(Path.Combine(_archive.Folder, "vzdump-lxc-101-2026_08_22-03_00_00.tar"));

        Assert.Equal(1, tree.LeftOut);
        Assert.Equal(["d", "d/good"], tree.Search("d", MemberPath.Root, Cancellation).Select(entry => entry.Path.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".zst")]
    [InlineData(".gz")]
    public async Task Of_a_damaged_archive_what_stands_before_the_damage_can_be_had(string ending)
    {
        await _archive.RunAsync("head -c 3000000 /dev/urandom > 1-first && head -c 3000000 /dev/urandom > 2-second");
        var path = await _archive.PackAsync(ending, "--sort=name");
        await _archive.RunAsync($"truncate -s 4000000 '{path}'");
        using var tree = await _archive.OpenAsync(path);

        Assert.NotNull(tree.Problem);
        Assert.Equal(["1-first"], tree.List(MemberPath.Root, 0, 10).Entries.Select(entry => entry.Path.Name));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(_archive.Tree, "1-first"), Cancellation), await _archive.ReadAsync(path, tree, "1-first"));
    }

    [Fact]
    public async Task An_index_is_made_once_and_again_when_the_archive_is_another_one()
    {
        await _archive.RunAsync("touch one");
        var path = await _archive.PackAsync("");
        Assert.Null(_archive.Trees.Find(path));
        (await _archive.OpenAsync(path)).Dispose();
        using (var again = _archive.Trees.Find(path))
        {
            Assert.NotNull(again);
        }

        await _archive.RunAsync("touch two");
        await _archive.PackAsync("");
        Assert.Null(_archive.Trees.Find(path));
        using var now = await _archive.OpenAsync(path);
        Assert.NotNull(now.Find(BrowsedArchive.At("two")));
        Assert.Single(Directory.EnumerateFiles(_archive.IndexFolder));
    }

    [Fact]
    public async Task A_cancelled_making_leaves_nothing()
    {
        await _archive.RunAsync("truncate -s 1G big");
        var path = Path.Combine(_archive.Folder, "vzdump-lxc-101-2026_08_22-03_00_00.tar.gz");
        // A gigabyte of nothing, small as a file: it takes a second.
        await _archive.RunAsync($"tar c ./big | gzip -1 > '{path}'");
        var making = _archive.Trees.Make(path);
        Assert.Same(making, _archive.Trees.Make(path));
        making.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => making.Done.WaitAsync(Cancellation));
        Assert.Null(_archive.Trees.Find(path));
        Assert.True(!Directory.Exists(_archive.IndexFolder) || !Directory.EnumerateFileSystemEntries(_archive.IndexFolder).Any());
    }

    [Fact]
    public async Task A_making_that_failed_is_told_of_and_not_begun_again_until_somebody_wants_it()
    {
        await _archive.RunAsync("touch one");
        var path = await _archive.PackAsync("");
        Directory.CreateDirectory(Path.GetDirectoryName(_archive.IndexFolder)!);
        await File.WriteAllTextAsync(_archive.IndexFolder, "no folder", Cancellation);
        var making = _archive.Trees.Make(path);
        await Assert.ThrowsAnyAsync<IOException>(() => making.Done.WaitAsync(Cancellation));
        Assert.Same(making, _archive.Trees.Make(path));

        File.Delete(_archive.IndexFolder);
        await _archive.Trees.Make(path, again: true).Done.WaitAsync(Cancellation);
        using var tree = _archive.Trees.Find(path);
        Assert.NotNull(tree);
    }

    [Fact]
    public async Task What_a_killed_program_left_goes_with_the_next_making()
    {
        await _archive.RunAsync("touch one");
        var path = await _archive.PackAsync("");
        Directory.CreateDirectory(_archive.IndexFolder);
        foreach (var left in (string[])["a.tree.new", "a.tree.new.sort", "a.tree.new.table"])
        {
            await File.WriteAllTextAsync(Path.Combine(_archive.IndexFolder, left), "half", Cancellation);
        }

        await File.WriteAllTextAsync(Path.Combine(_archive.IndexFolder, "b.tree"), "of another archive", Cancellation);
        (await _archive.OpenAsync(path)).Dispose();
        Assert.Equal(2, Directory.EnumerateFiles(_archive.IndexFolder).Count());
        Assert.All(Directory.EnumerateFiles(_archive.IndexFolder), file => Assert.EndsWith(".tree", file));
    }

    [Fact]
    public async Task What_is_no_archive_of_a_container_is_refused()
    {
        await _archive.RunAsync("touch a");
        var machine = Path.Combine(_archive.Folder, "vzdump-qemu-101-2026_08_22-03_00_00.vma");
        await File.WriteAllTextAsync(machine, "x", Cancellation);
        Assert.Throws<ProblemException>(() => _archive.Trees.Find(machine));
        Assert.Throws<ProblemException>(() => _archive.Trees.Find(Path.Combine(_archive.Folder, "vzdump-lxc-999-2026_08_22-03_00_00.tar")));
    }
}
