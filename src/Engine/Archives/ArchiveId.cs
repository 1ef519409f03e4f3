using VzDump.Engine.Guests;

namespace VzDump.Engine.Archives;

/// <summary>An archive by its storage and name. It can only name a file right in the storage's folder for archives.</summary>
public sealed record ArchiveId
{
    private const int LongestName = 255; // of a file on Linux, in bytes
    private const string Kind = ":backup/";

    private ArchiveId(string storage, string name) => (Storage, Name) = (storage, name);

    public string Storage { get; }

    /// <summary>The file's.</summary>
    public string Name { get; }

    /// <summary>Whose it is; null when it was renamed and its name gives no VMID.</summary>
    public GuestId? Guest => ArchiveName.TryParse(Name)?.Guest;

    /// <summary>Null when a listing would not show a file of this name, or it leads elsewhere.</summary>
    public static ArchiveId? Of(string storage, string name) =>
        ArchiveName.IsArchive(name) && name.Length <= LongestName && !name.Any(letter => letter is '/' || char.IsControl(letter)) ? new ArchiveId(storage, name) : null;

    /// <summary>A listed archive's.</summary>
    public static ArchiveId Of(Archive archive) => Of(archive.Storage, archive.Name) ?? throw new ArgumentException($"'{archive.Path}' is no archive.", nameof(archive));

    /// <summary>Reads Proxmox VE's way to write it; null when it is none.</summary>
    public static ArchiveId? TryParse(string text)
    {
        // e.g. local:backup/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst
        var at = text.IndexOf(Kind, StringComparison.Ordinal);
        return at > 0 ? Of(text[..at], text[(at + Kind.Length)..]) : null;
    }

    public override string ToString() => Storage + Kind + Name;
}
