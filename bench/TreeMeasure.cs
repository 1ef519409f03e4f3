using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Engine.Browsing;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Host;

namespace VzDump.Bench;

/// <summary>How long it takes to list, open, search and take a file out of an archive with a million files, and how much memory.</summary>
internal static class TreeMeasure
{
    private const int Folders = 10_000, FilesEach = 100;

    public static async Task<string> TakeAsync(BenchFolder folder, HostPrograms programs, CancellationToken cancellation)
    {
        var archive = Path.Combine(folder.Archives, "vzdump-lxc-101-2026_08_22-03_00_00.tar");
        Directory.CreateDirectory(folder.Archives);
        await MakeAsync(archive, cancellation);
        await Shell.RunAsync("""zstd -q --rm "$1" """, cancellation, archive);
        archive += ".zst";

        var began = Stopwatch.GetTimestamp();
        await Shell.RunAsync("""tar --use-compress-program=zstd -tf "$1" > /dev/null""", cancellation, archive);
        var listed = Stopwatch.GetElapsedTime(began);

        var decompressor = new Decompressor(programs);
        using var readings = new ArchiveReadings(TimeProvider.System);
        var trees = new ArchiveTrees(new NodePaths(Options.Create(new EngineOptions { DataFolder = folder.Path })), decompressor, readings, TimeProvider.System);
        var before = ResidentBytes();
        var most = 0L;
        began = Stopwatch.GetTimestamp();
        var making = trees.Make(archive);
        while (!making.Done.IsCompleted)
        {
            most = Math.Max(most, ResidentBytes() - before);
            await Task.WhenAny(making.Done, Task.Delay(20, cancellation));
        }

        await making.Done;
        var made = Stopwatch.GetElapsedTime(began);
        began = Stopwatch.GetTimestamp();
        using var tree = trees.Find(archive)!;
        _ = MemberPath.TryParse("folder-5000", out var path);
        var part = tree.List(path, 0, 100);
        var opened = Stopwatch.GetElapsedTime(began);
        began = Stopwatch.GetTimestamp();
        var found = tree.Search("file-77.TXT", MemberPath.Root, cancellation);
        var searched = Stopwatch.GetElapsedTime(began);
        began = Stopwatch.GetTimestamp();
        await using (var file = await new ArchivedFiles(decompressor, new Compressor(programs)).OpenAsync(archive, tree, part.Entries[50].Path, cancellation))
        {
            await file.Content.CopyToAsync(Stream.Null, cancellation);
        }

        var taken = Stopwatch.GetElapsedTime(began);
        folder.Clear();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{tree.Count} entries: index made in {made.TotalSeconds:0.0} s (tar lists it in {listed.TotalSeconds:0.0} s, ratio {listed / made:0.00}), {most / 1e6:0} MB more memory at most; then open and list a folder {opened.TotalMilliseconds:0.0} ms, search {searched.TotalMilliseconds:0} ms ({found.Count} found), one file from the middle {taken.TotalMilliseconds:0} ms");
    }

    private static long ResidentBytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    private static async Task MakeAsync(string archive, CancellationToken cancellation)
    {
        await using var file = new FileStream(archive, FileMode.Create, FileAccess.Write, FileShare.None, 1024 * 1024);
        await using var tar = new TarWriter(file, TarEntryFormat.Pax);
        for (var number = 0; number < Folders; number++)
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, $"./folder-{number}/"), cancellation);
            for (var each = 0; each < FilesEach; each++)
            {
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"./folder-{number}/file-{each}.txt") { DataStream = new MemoryStream("a line of text\n"u8.ToArray()) }, cancellation);
            }
        }
    }
}
