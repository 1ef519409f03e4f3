using System.Text;

namespace VzDump.Engine.Host;

/// <summary>Files that are there whole or not at all, also after a power cut.</summary>
public static class AtomicFile
{
    private const int ReadOnlyFolder = 0x10000; // O_RDONLY | O_DIRECTORY

    /// <summary>Replaces or makes a file: written beside it, flushed, renamed over it. Owner and mode of an existing file are kept.</summary>
    public static async Task WriteAsync(string path, string text, CancellationToken cancellation)
    {
        var half = HalfOf(path);
        try
        {
            if (new FileInfo(half).LinkTarget is not null)
            {
                File.Delete(half); // somebody else's link: written through, it would change a file elsewhere
            }

            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
            if (File.Exists(path))
            {
                options.UnixCreateMode = File.GetUnixFileMode(path);
            }

            await using (var file = new FileStream(half, options))
            {
                await file.WriteAsync(new UTF8Encoding(false).GetBytes(text), cancellation);
                file.Flush(flushToDisk: true);
            }

            File.Move(half, path, overwrite: true);
            FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch
        {
            File.Delete(half);
            throw;
        }
    }

    /// <summary>What a killed program may leave of a file; the next write of the same file takes it away.</summary>
    public static string HalfOf(string path) => path + ".new";

    /// <summary>Makes the names in a folder durable.</summary>
    public static void FlushFolder(string folder)
    {
        using var handle = LinuxCalls.Open(folder, ReadOnlyFolder, 0);
        if (!handle.IsInvalid)
        {
            // Some network file systems refuse this on folders; their names are as durable as they get.
            _ = LinuxCalls.Fsync(handle);
        }
    }

    /// <summary>Gives a finished file its name; an existing file of that name is never replaced.</summary>
    /// <exception cref="IOException">The name is taken, or the file system refused.</exception>
    public static void RenameNew(string from, string to)
    {
        const int currentFolder = -100;
        const uint noReplace = 1;
        if (LinuxCalls.RenameAt2(currentFolder, from, currentFolder, to, noReplace) != 0)
        {
            // File systems without this call (some network ones): check, then rename.
            File.Move(from, to, overwrite: false);
        }

        FlushFolder(Path.GetDirectoryName(to)!);
    }
}
