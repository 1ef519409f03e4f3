using VzDump.Engine.Host;

namespace VzDump.Engine.Archives;

/// <summary>The notes and the protection mark beside an archive.</summary>
public static class ArchiveNotes
{
    public static Task WriteAsync(string archivePath, string notes, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(archivePath + ".notes", notes, cancellation);

    public static Task ProtectAsync(string archivePath, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(archivePath + ".protected", "", cancellation);
}
