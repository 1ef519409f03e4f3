namespace VzDump.HangfireSqlite.Locking;

/// <summary>One name for one file, whatever links lead to it.</summary>
internal static class RealPath
{
    /// <summary>The full path without symbolic links, as far as it exists.</summary>
    public static string Of(string path)
    {
        path = Path.GetFullPath(path);
        if (Path.GetDirectoryName(path) is not { } folder)
        {
            return path;
        }

        FileSystemInfo here = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        return here.LinkTarget is not null && here.ResolveLinkTarget(returnFinalTarget: true) is { } target
            ? Of(target.FullName)
            : Path.Combine(Of(folder), Path.GetFileName(path));
    }
}
