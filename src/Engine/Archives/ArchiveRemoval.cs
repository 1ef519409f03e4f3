namespace VzDump.Engine.Archives;

/// <summary>Removes an archive with its log, notes and digest.</summary>
public static class ArchiveRemoval
{
    /// <summary>Fine when it is gone already.</summary>
    /// <exception cref="ProblemException">It is protected, or no archive.</exception>
    public static void Remove(string path)
    {
        if (!ArchiveName.IsArchive(Path.GetFileName(path)))
        {
            throw new ProblemException($"'{path}' is not an archive.");
        }

        // Looked at now, not when it was listed: somebody may have protected it since.
        if (File.Exists(path + ".protected"))
        {
            throw new ProblemException($"'{Path.GetFileName(path)}' is protected. Take the protection off first.");
        }

        File.Delete(path);
        File.Delete(Path.Combine(Path.GetDirectoryName(path)!, ArchiveName.StemOf(Path.GetFileName(path)) + ".log"));
        File.Delete(path + ".notes");
        File.Delete(ArchiveDigest.PathOf(path));
    }
}
