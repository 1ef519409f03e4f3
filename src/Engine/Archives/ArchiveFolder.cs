using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives;

/// <summary>Reads the archives that lie in a folder. The folder is the truth; nothing else remembers them.</summary>
public static class ArchiveFolder
{
    internal const int LongestNotesLine = 1024;

    /// <summary>Every archive in the folder, in no order. An archive that vanishes meanwhile is left out, and so is a link: it could lead anywhere.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static IReadOnlyList<Archive> List(string storage, string folder, TimeZoneInfo zone)
    {
        // One pass over the names; then only archives are looked at, and notes read only where there are some.
        var files = new DirectoryInfo(folder).EnumerateFiles().Where(file => !file.Attributes.HasFlag(FileAttributes.ReparsePoint)).ToDictionary(file => file.Name, StringComparer.Ordinal);
        var entries = files.Values.Select(Entry).OfType<FolderEntry>().ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        return Of(storage, folder, entries, notes => FirstLine(files[notes.Name]), zone);
    }

    /// <summary>The archives among a folder's files.</summary>
    /// <param name="firstLine">Reads the beginning of an archive's notes.</param>
    internal static IReadOnlyList<Archive> Of(string storage, string folder, IReadOnlyDictionary<string, FolderEntry> files, Func<FolderEntry, string> firstLine, TimeZoneInfo zone) =>
        [.. files.Values.Where(file => ArchiveName.IsArchive(file.Name)).Select(file => Read(storage, folder, file, files, firstLine, zone))];

    /// <summary>The line that a listing shows of notes.</summary>
    internal static string FirstLine(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny('\r', '\n');
        var line = end < 0 ? text : text[..end];
        return line[..Math.Min(line.Length, LongestNotesLine)].ToString();
    }

    private static Archive Read(string storage, string folder, FolderEntry file, IReadOnlyDictionary<string, FolderEntry> files, Func<FolderEntry, string> firstLine, TimeZoneInfo zone)
    {
        var name = ArchiveName.TryParse(file.Name);
        return new Archive
        {
            Storage = storage,
            Path = Path.Combine(folder, file.Name),
            Kind = ArchiveName.KindOf(file.Name),
            Guest = name?.Guest,
            Time = name is null ? file.Modified : AtZone(name.LocalTime, zone),
            Size = file.Size,
            IsRenamed = name is null,
            IsProtected = files.ContainsKey(file.Name + ".protected"),
            Notes = files.TryGetValue(file.Name + ".notes", out var notes) ? firstLine(notes) : "",
            HasDigest = files.ContainsKey(ArchiveDigest.PathOf(file.Name)),
            LogPath = files.TryGetValue(ArchiveName.StemOf(file.Name) + ".log", out var log) ? Path.Combine(folder, log.Name) : null,
        };
    }

    private static FolderEntry? Entry(FileInfo file)
    {
        try
        {
            return ArchiveName.IsArchive(file.Name) ? new FolderEntry(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)) : new FolderEntry(file.Name, 0, default);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    // An hour that the clocks leave out does not exist: it is taken as the hour after.
    private static DateTimeOffset AtZone(DateTime local, TimeZoneInfo zone) =>
        zone.IsInvalidTime(local) ? new DateTimeOffset(local.AddHours(1), zone.GetUtcOffset(local.AddHours(1))) : new DateTimeOffset(local, zone.GetUtcOffset(local));

    private static string FirstLine(FileInfo notes)
    {
        try
        {
            using var reader = notes.OpenText();
            var buffer = new char[LongestNotesLine];
            return FirstLine(buffer.AsSpan(0, reader.ReadBlock(buffer)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
