using VzDump.Engine.Archives;

namespace VzDump.Engine.Browsing;

/// <summary>What somebody has chosen out of an archive: paths, with all that is below them.</summary>
public sealed class ChosenMembers
{
    private readonly MemberRanges _ranges = new();

    private ChosenMembers()
    {
    }

    /// <summary>Files, folders and the like.</summary>
    public long Count { get; private set; }

    /// <summary>Of the files, their holes included, in bytes.</summary>
    public long FileBytes { get; private set; }

    /// <summary>Chosen are only their names: the file that they mean was not, and comes along.</summary>
    public long BroughtAlong { get; private set; }

    internal IReadOnlyList<(long Start, long End)> Ranges => _ranges.All;

    /// <exception cref="ProblemException">Nothing was chosen, or something that is not there.</exception>
    public static ChosenMembers Of(TreeIndex tree, IEnumerable<MemberPath> paths)
    {
        var chosen = new ChosenMembers();
        var links = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            chosen.Add(tree.Find(path) ?? throw new ProblemException($"There is no '{path}' in the archive."), links);
            tree.LookBelow(path, entry => chosen.Add(entry, links));
        }

        foreach (var link in links)
        {
            if (MemberPath.TryParse(link, out var target) && tree.Find(target) is { Kind: EntryKind.File } file && !chosen._ranges.Holds(file))
            {
                chosen.Add(file, links: null);
                chosen.BroughtAlong++;
            }
        }

        return chosen.Count > 0 ? chosen : throw new ProblemException("Choose at least one file or folder.");
    }

    private void Add(TreeEntry entry, HashSet<string>? links)
    {
        if (entry.Path.IsRoot)
        {
            return;
        }

        if (entry.Kind is EntryKind.HardLink && links is { Count: < MostLinks })
        {
            links.Add(entry.Link);
        }

        _ranges.Add(entry);
        Count++;
        FileBytes += entry.Size is var size && size < long.MaxValue - FileBytes ? size : 0;
    }

    // Kept in memory; of an archive with more of them, only chosen files come along.
    private const int MostLinks = 1024 * 1024;
}
