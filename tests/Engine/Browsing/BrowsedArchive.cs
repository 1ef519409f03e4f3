using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Browsing;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Browsing;

/// <summary>A folder with a tree, archives of it by GNU tar, and what browses them.</summary>
internal sealed class BrowsedArchive : IDisposable
{
    private readonly HostPrograms _programs = new();
    private readonly ArchiveReadings _readings = new(TimeProvider.System);

    public BrowsedArchive()
    {
        Trees = new ArchiveTrees(new NodePaths(Options.Create(new EngineOptions { DataFolder = Path.Combine(Folder, "data") })), new Decompressor(_programs), _readings, TimeProvider.System);
        Files = new ArchivedFiles(new Decompressor(_programs), new Compressor(_programs));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    public string Tree => Path.Combine(Folder, "tree");

    public string IndexFolder => Path.Combine(Folder, "data", "trees");

    public ArchiveTrees Trees { get; }

    public ArchivedFiles Files { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _readings.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Runs a shell script in the tree.</summary>
    public async Task RunAsync(string script, string? folder = null)
    {
        Directory.CreateDirectory(Tree);
        var made = await _programs.RunAsync(new HostCommand("/bin/bash", "-euc", $"cd \"$1\"\n{script}", "_", folder ?? Tree), Cancellation);
        Assert.True(made.Exit.Succeeded, made.ErrorOutput);
    }

    /// <summary>Packs the tree as vzdump does.</summary>
    /// <returns>Full path of the archive.</returns>
    public async Task<string> PackAsync(string ending, params string[] options)
    {
        var path = Path.Combine(Folder, $"vzdump-lxc-101-2026_08_22-03_00_00.tar{ending}");
        var compress = ending switch { ".zst" => "--zstd", ".gz" => "--gzip", ".lzo" => "--lzop", _ => "--blocking-factor=20" };
        var packed = await _programs.RunAsync(
            new HostCommand("tar", ["cf", path, compress, "--sparse", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=user.*", .. options, $"--directory={Tree}", "."]), Cancellation);
        Assert.True(packed.Exit.Succeeded, packed.ErrorOutput);
        return path;
    }

    public async Task<TreeIndex> OpenAsync(string path)
    {
        if (Trees.Find(path) is { } ready)
        {
            return ready;
        }

        await Trees.Make(path).Done.WaitAsync(Cancellation);
        return Trees.Find(path)!;
    }

    public async Task<byte[]> ReadAsync(string path, TreeIndex tree, string name)
    {
        await using var file = await Files.OpenAsync(path, tree, At(name), Cancellation);
        var content = new MemoryStream();
        await file.Content.CopyToAsync(content, Cancellation);
        return content.ToArray();
    }

    public static MemberPath At(string text) => MemberPath.TryParse(text, out var path) ? path : throw new ArgumentException($"'{text}' is no path.", nameof(text));
}
