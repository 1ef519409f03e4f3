namespace VzDump.Bench;

/// <summary>Fills a <see cref="BenchFolder"/> with what compresses as guests do: copies of this host's programs, libraries and documents.</summary>
internal static class BenchData
{
    private const string Source = "/usr";
    private const int Stretch = 16 * 1024 * 1024;

    // One file of a browser's size would be a sixth of the data, and another one on another host.
    private const int LargestShare = 32;

    /// <summary>Makes the files and the image, waits until they are on the disk, and leaves them in the page cache.</summary>
    public static async Task MakeAsync(BenchFolder folder, long bytes, CancellationToken cancellation)
    {
        await Shell.RunAsync(
            """cd "$1"; xargs -0 cp --parents --preserve=mode,timestamps --reflink=never -t "$2" --""",
            Pick(bytes),
            cancellation,
            Source,
            folder.Tree);
        await MakeImageAsync(folder, bytes, cancellation);
        await Shell.RunAsync("""sync -f "$1"; tar cf - -C "$1" . | cat > /dev/null""", cancellation, folder.Path);
    }

    public static long SizeOf(string tree) => new DirectoryInfo(tree).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    // An even choice among all files, the same each time on one host.
    private static List<string> Pick(long bytes)
    {
        var search = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var files = ((string[])["lib", "share"]).SelectMany(name => new DirectoryInfo(Path.Combine(Source, name)).EnumerateFiles("*", search))
            .Where(file => file.Length > 0 && file.Length < bytes / LargestShare)
            .OrderBy(file => file.FullName, StringComparer.Ordinal).ToList();
        var share = (double)bytes / files.Sum(file => file.Length);
        var (seen, taken) = (0L, 0L);
        var picked = new List<string>();
        foreach (var file in files)
        {
            seen += file.Length;
            if (taken < seen * share)
            {
                taken += file.Length;
                picked.Add(Path.GetRelativePath(Source, file.FullName));
            }
        }

        return picked;
    }

    // Stretches of the container's files and holes, by turns.
    private static async Task MakeImageAsync(BenchFolder folder, long bytes, CancellationToken cancellation)
    {
        await using var image = new FileStream(folder.Image, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var buffer = new byte[Stretch];
        var (filled, written) = (0, 0L);
        foreach (var path in Directory.EnumerateFiles(folder.Tree, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            await using var file = File.OpenRead(path);
            for (int count; (count = await file.ReadAsync(buffer.AsMemory(filled), cancellation)) > 0;)
            {
                filled += count;
                if (filled == Stretch)
                {
                    await image.WriteAsync(buffer, cancellation);
                    image.Seek(Stretch, SeekOrigin.Current);
                    (filled, written) = (0, written + Stretch);
                }
            }

            if (written + filled >= bytes)
            {
                break;
            }
        }

        image.SetLength(Math.Max(image.Position, Stretch));
    }
}
