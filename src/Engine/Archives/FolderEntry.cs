namespace VzDump.Engine.Archives;

/// <summary>A regular file in a folder of archives, as a listing of the folder tells it.</summary>
/// <param name="Size">In bytes; 0 for files of which only the name counts.</param>
/// <param name="Stamp">Differs once the file is another one or has changed; empty for files of which only the name counts.</param>
internal sealed record FolderEntry(string Name, long Size, DateTimeOffset Modified, string Stamp = "");
