using VzDump.Engine.Archives;
using VzDump.Engine.Guests;

namespace VzDump.Web.Archives;

/// <summary>Which archives are listed, and in which order; all of it stands in the address.</summary>
public sealed record ArchiveFilter
{
    /// <summary>Words that must all stand in its name, notes, storage or VMID.</summary>
    public string? Find { get; init; }

    /// <summary>A VMID; text that is none fits nothing.</summary>
    public string? Guest { get; init; }

    /// <summary>qemu or lxc.</summary>
    public string? Kind { get; init; }

    public string? Storage { get; init; }

    public ArchiveOrder Order { get; init; }

    public bool IsNone => string.IsNullOrWhiteSpace(Find) && string.IsNullOrEmpty(Guest) && string.IsNullOrEmpty(Kind) && string.IsNullOrEmpty(Storage);

    public IReadOnlyList<Archive> Of(IEnumerable<Archive> archives)
    {
        var words = Find?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var fitting = archives.Where(archive =>
            (string.IsNullOrEmpty(Guest) || archive.Guest?.ToString() == Guest)
            && (string.IsNullOrEmpty(Kind) || archive.Kind.VzdumpName == Kind)
            && (string.IsNullOrEmpty(Storage) || archive.Storage == Storage)
            && words.All(word => $"{archive.Name} {archive.Notes} {archive.Storage} {archive.Guest}".Contains(word, StringComparison.OrdinalIgnoreCase)));
        return [.. Order switch
        {
            ArchiveOrder.Oldest => fitting.OrderBy(archive => archive.Time),
            ArchiveOrder.Largest => fitting.OrderByDescending(archive => archive.Size),
            ArchiveOrder.Guest => fitting.OrderBy(archive => archive.Guest?.Value ?? int.MaxValue).ThenByDescending(archive => archive.Time),
            _ => fitting.OrderByDescending(archive => archive.Time),
        }];
    }
}

public enum ArchiveOrder
{
    Newest,
    Oldest,
    Largest,
    Guest,
}

public static class ArchiveWords
{
    extension(Archive archive)
    {
        /// <summary>What its name ends with, such as <c>tar.zst</c>: its format and compression.</summary>
        public string Format
        {
            get
            {
                var name = archive.Name;
                var start = Math.Max(name.LastIndexOf(".vma", StringComparison.Ordinal), name.LastIndexOf(".tar", StringComparison.Ordinal));
                return start < 0 ? Path.GetExtension(name).TrimStart('.') : name[(start + 1)..];
            }
        }
    }
}
