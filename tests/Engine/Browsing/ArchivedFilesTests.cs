using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using VzDump.Engine;
using VzDump.Engine.Browsing;

namespace VzDump.Tests.Engine.Browsing;

/// <summary>Files taken out of archives that GNU tar wrote.</summary>
public sealed class ArchivedFilesTests : IDisposable
{
    private readonly BrowsedArchive _archive = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _archive.Dispose();

    [Theory]
    [InlineData("", "--format=posix")]
    [InlineData(".zst", "--format=posix")]
    [InlineData(".gz", "--format=posix")]
    [InlineData(".lzo", "--format=posix")]
    [InlineData("", "--format=gnu")]
    [InlineData("", "--format=oldgnu")]
    [InlineData("", "--format=posix", "--sparse-version=0.1")]
    public async Task A_file_comes_out_as_it_went_in(string ending, params string[] options)
    {
        await _archive.RunAsync("""
            head -c 1000001 /dev/urandom > random && : > empty && truncate -s 90M hole && for n in $(seq 1 40); do printf x | dd of=hole bs=1 seek=$((n * 2000000)) conv=notrunc status=none; done
            truncate -s 5M nothing && mkdir -p "$(printf 'long%.0s' $(seq 30))" && printf far > "$(printf 'long%.0s' $(seq 30))/$(printf 'name%.0s' $(seq 30))" && ln random twin
            """);
        var path = await _archive.PackAsync(ending, [.. options.Contains("--format=posix") ? options : ["--no-acls", "--no-xattrs", .. options]]);
        using var tree = await _archive.OpenAsync(path);

        foreach (var name in Directory.EnumerateFiles(_archive.Tree, "*", SearchOption.AllDirectories).Select(name => Path.GetRelativePath(_archive.Tree, name)))
        {
            var taken = await _archive.ReadAsync(path, tree, name);
            var real = await File.ReadAllBytesAsync(Path.Combine(_archive.Tree, name), Cancellation);
            Assert.True(taken.SequenceEqual(real), name);
        }
    }

    [Fact]
    public async Task A_selection_as_tar_holds_all_that_tar_knows_of_it()
    {
        await _archive.RunAsync("""
            mkdir -p keep/sub leave && echo 1 > keep/one && echo 2 > keep/sub/two && chmod 4750 keep/one && touch -d @1600000000 keep/sub/two && ln -s ../one keep/sub/link
            setfattr -n user.note -v hello keep/one && echo target > leave/target && ln leave/target keep/twin && echo 3 > leave/other && truncate -s 10M keep/hole && echo x >> keep/hole
            """);
        var path = await _archive.PackAsync(".zst", "--sort=name", "--owner=123", "--group=456");
        using var tree = await _archive.OpenAsync(path);
        var chosen = ChosenMembers.Of(tree, [BrowsedArchive.At("keep/sub"), BrowsedArchive.At("keep")]);
        var taken = Path.Combine(_archive.Folder, "taken.tar.zst");
        await using (var file = File.Create(taken))
        {
            await _archive.Files.WriteZstdAsync(path, chosen, file, Cancellation);
        }

        await _archive.RunAsync($"mkdir ../out && cd ../out && tar --xattrs --same-permissions --numeric-owner -xf '{taken}' && find . -printf '%P %y %m %U %s %T@ %l\\n' | sort > ../found && getfattr --only-values -n user.note keep/one > ../note");
        await _archive.RunAsync($"mkdir ../all && cd ../all && tar --xattrs --same-permissions --numeric-owner -xf '{path}' && rm leave/other* && find . -printf '%P %y %m %U %s %T@ %l\\n' | sort > ../wanted");
        var (found, wanted) = (await File.ReadAllLinesAsync(Path.Combine(_archive.Folder, "found"), Cancellation), await File.ReadAllLinesAsync(Path.Combine(_archive.Folder, "wanted"), Cancellation));
        Assert.Equal(wanted.Where(IsKept), found.Where(IsKept));
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(_archive.Folder, "note"), Cancellation));
        Assert.DoesNotContain(found, line => line.StartsWith("leave/other", StringComparison.Ordinal));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(_archive.Tree, "keep/twin"), Cancellation), await File.ReadAllTextAsync(Path.Combine(_archive.Folder, "out/keep/twin"), Cancellation));

        static bool IsKept(string line) => line.StartsWith("keep", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hard_link_brings_the_file_along_that_it_means()
    {
        await _archive.RunAsync("mkdir a b && echo data > a/file && ln a/file b/twin");
        var path = await _archive.PackAsync(".gz", "--sort=name");
        using var tree = await _archive.OpenAsync(path);

        var chosen = ChosenMembers.Of(tree, [BrowsedArchive.At("b/twin")]);

        Assert.Equal((2, 1, 5), (chosen.Count, chosen.BroughtAlong, chosen.FileBytes));
        Assert.Equal("data\n", Encoding.UTF8.GetString(await _archive.ReadAsync(path, tree, "b/twin")));
    }

    [Fact]
    public async Task A_selection_as_zip_holds_files_folders_and_links()
    {
        await _archive.RunAsync("mkdir -p a/b && echo one > a/one && chmod 755 a/one && echo two > a/b/two && ln -s one a/link && ln a/one a/b/twin && mkfifo a/pipe && truncate -s 3M a/hole && echo x >> a/hole && echo no > no");
        var path = await _archive.PackAsync(".zst", "--sort=name");
        using var tree = await _archive.OpenAsync(path);
        var stream = new MemoryStream();
        await _archive.Files.WriteZipAsync(path, ChosenMembers.Of(tree, [BrowsedArchive.At("a")]), new Answer(stream), Cancellation);

        stream.Position = 0;
        await using var zip = new ZipArchive(stream);
        Assert.Equal(["a/", "a/b/", "a/b/twin", "a/b/two", "a/hole", "a/link", "a/one"], zip.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal));
        Assert.Equal(3 * 1024 * 1024 + 2, zip.GetEntry("a/hole")!.Length);
        var real = new[] { "a/one", "a/b/twin" }.Select(name => zip.GetEntry(name)!).Single(entry => (uint)entry.ExternalAttributes >> 16 == 0x8000 + 0b111_101_101);
        await using var content = await real.OpenAsync(Cancellation);
        Assert.Equal("one\n", await new StreamReader(content).ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task What_is_no_file_is_told_so()
    {
        await _archive.RunAsync("mkdir d && mkfifo p");
        var path = await _archive.PackAsync("");
        using var tree = await _archive.OpenAsync(path);

        foreach (var name in (string[])["d", "p", "gone"])
        {
            await Assert.ThrowsAsync<ProblemException>(() => _archive.Files.OpenAsync(path, tree, BrowsedArchive.At(name), Cancellation));
        }

        Assert.Throws<ProblemException>(() => ChosenMembers.Of(tree, []));
        Assert.Throws<ProblemException>(() => ChosenMembers.Of(tree, [BrowsedArchive.At("gone")]));
    }

    [Fact]
    public async Task A_size_below_nothing_is_none()
    {
        var path = Path.Combine(_archive.Folder, "vzdump-lxc-101-2026_08_22-03_00_00.tar");
        await using (var tar = new TarWriter(File.Create(path)))
        {
            await tar.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, "x", new Dictionary<string, string> { ["GNU.sparse.major"] = "1", ["GNU.sparse.minor"] = "0", ["GNU.sparse.name"] = "f", ["GNU.sparse.realsize"] = "-5" }) { DataStream = new MemoryStream("0\n"u8.ToArray()) },
                Cancellation);
        }

        using var tree = await _archive.OpenAsync(path);
        Assert.Equal((0, 0), (tree.Find(BrowsedArchive.At("f"))!.Size, tree.FileBytes));
    }

    [Fact]
    public async Task An_archive_that_was_exchanged_under_its_index_gives_an_error_and_no_wrong_file()
    {
        await _archive.RunAsync("head -c 100000 /dev/urandom > file");
        var path = await _archive.PackAsync("");
        using var tree = await _archive.OpenAsync(path);
        await File.WriteAllBytesAsync(path, new byte[200_000], Cancellation);

        await Assert.ThrowsAsync<ProblemException>(() => _archive.Files.OpenAsync(path, tree, BrowsedArchive.At("file"), Cancellation));
    }

    /// <summary>Takes bytes as a web server's answer does: asynchronously only.</summary>
    private sealed class Answer(Stream destination) : VzDump.Engine.Host.WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => destination.WriteAsync(buffer, cancellationToken);
    }
}
