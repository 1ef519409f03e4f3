using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives;

/// <summary>Reads the archives that lie in a folder. The folder is the truth; nothing else remembers them.</summary>
public static class ArchiveFolder
{
    private const int LongestNotesLine = 1024;

    /// <summary>Every archive in the folder, in no order. An archive that vanishes meanwhile is left out.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static IReadOnlyList<Archive> List(string storage, string folder, TimeZoneInfo zone)
    {
        // One pass over the names; then only archives are looked at, and notes read only where there are some.
        var files = new DirectoryInfo(folder).EnumerateFiles().ToDictionary(file => file.Name, StringComparer.Ordinal);
        return [.. files.Values.Where(file => ArchiveName.IsArchive(file.Name)).Select(file => Read(storage, file, files, zone)).OfType<Archive>()];
    }

    private static Archive? Read(string storage, FileInfo file, Dictionary<string, FileInfo> files, TimeZoneInfo zone)
    {
        try
        {
            var name = ArchiveName.TryParse(file.Name);
            return new Archive
            {
                Storage = storage,
                Path = file.FullName,
                Kind = ArchiveName.KindOf(file.Name),
                Guest = name?.Guest,
                Time = name is null ? new DateTimeOffset(file.LastWriteTimeUtc) : AtZone(name.LocalTime, zone),
                Size = file.Length,
                IsRenamed = name is null,
                IsProtected = files.ContainsKey(file.Name + ".protected"),
                Notes = files.TryGetValue(file.Name + ".notes", out var notes) ? FirstLine(notes) : "",
                HasDigest = files.ContainsKey(ArchiveDigest.PathOf(file.Name)),
                LogPath = files.TryGetValue(ArchiveName.StemOf(file.Name) + ".log", out var log) ? log.FullName : null,
            };
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
            var text = buffer.AsSpan(0, reader.ReadBlock(buffer));
            var end = text.IndexOfAny('\r', '\n');
            return (end < 0 ? text : text[..end]).ToString();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
