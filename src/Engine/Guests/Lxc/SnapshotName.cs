namespace VzDump.Engine.Guests.Lxc;

/// <summary>How our snapshots are told from everything else: they carry the stem of the archive that they were made for.</summary>
internal static class SnapshotName
{
    /// <summary>Beside a file or folder, e.g. <c>/…/subvol-101-disk-0.subvol@vzdump-lxc-101-2026_11_22-03_00_01</c>.</summary>
    public static string Beside(string path, string stem) => $"{Path.TrimEndingDirectorySeparator(path)}@{stem}";

    /// <summary>What the stems of a guest's archives begin with.</summary>
    public static string StemOf(GuestId guest) => $"vzdump-lxc-{guest}-";

    public static IReadOnlyList<string> LeftBeside(string path, GuestId guest)
    {
        var full = Path.TrimEndingDirectorySeparator(path);
        return Path.GetDirectoryName(full) is { } folder && Directory.Exists(folder)
            ? [.. Directory.EnumerateFileSystemEntries(folder).Where(entry => entry.StartsWith(Beside(full, StemOf(guest)), StringComparison.Ordinal))]
            : [];
    }

    /// <summary>A removal is asked for by a name from a file; it must never reach the guest's own volume.</summary>
    /// <exception cref="ProblemException">It is none of ours.</exception>
    public static void RefuseForeign(string snapshot, string mark)
    {
        var at = snapshot.LastIndexOf(mark, StringComparison.Ordinal);
        if (at <= 0 || snapshot.IndexOf('/', at) >= 0)
        {
            throw new ProblemException($"'{snapshot}' is no snapshot that a backup made; it is left alone.");
        }
    }
}
