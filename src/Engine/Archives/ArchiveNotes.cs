using System.Text;
using VzDump.Engine.Host;

namespace VzDump.Engine.Archives;

/// <summary>The notes and the protection mark beside an archive.</summary>
public static class ArchiveNotes
{
    /// <summary>Of notes in UTF-8, in bytes. vzdump's listing reads no more either.</summary>
    public const int Longest = 64 * 1024;

    public static Task WriteAsync(string archivePath, string notes, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(archivePath + ".notes", notes, cancellation);

    public static Task ProtectAsync(string archivePath, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(archivePath + ".protected", "", cancellation);

    /// <summary>Replaces the notes of an archive; empty ones are removed.</summary>
    /// <exception cref="ProblemException">The archive is gone, or the notes are too long.</exception>
    public static async Task ChangeAsync(string archivePath, string notes, CancellationToken cancellation)
    {
        if (Encoding.UTF8.GetByteCount(notes) > Longest || notes.Contains('\0', StringComparison.Ordinal))
        {
            throw new ProblemException($"Notes hold text of at most {Longest / 1024} KiB.");
        }

        RequireFile(archivePath);
        if (string.IsNullOrWhiteSpace(notes))
        {
            File.Delete(archivePath + ".notes");
            AtomicFile.FlushFolder(Path.GetDirectoryName(archivePath)!);
        }
        else
        {
            await WriteAsync(archivePath, notes, cancellation);
        }
    }

    /// <summary>Protects an archive, or takes its protection away. Fine when it is so already.</summary>
    /// <exception cref="ProblemException">The archive is gone.</exception>
    public static async Task ProtectAsync(string archivePath, bool isProtected, CancellationToken cancellation)
    {
        RequireFile(archivePath);
        if (isProtected)
        {
            await ProtectAsync(archivePath, cancellation);
        }
        else
        {
            File.Delete(archivePath + ".protected");
            AtomicFile.FlushFolder(Path.GetDirectoryName(archivePath)!);
        }
    }

    private static void RequireFile(string archivePath)
    {
        var file = new FileInfo(archivePath);
        if (!file.Exists || file.LinkTarget is not null)
        {
            throw new ProblemException($"There is no archive '{file.Name}' any more.");
        }
    }
}
