using VzDump.Engine.Archives.Tar;

namespace VzDump.Engine.Browsing;

/// <summary>Goes through a container's archive once and tells of each entry, so that an index can be made.</summary>
internal sealed class TreeGrowth(TreeSorter sorter)
{
    private static readonly long EarliestTime = DateTimeOffset.MinValue.ToUnixTimeSeconds(), LatestTime = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
    private MemberPath _folder = MemberPath.Root;
    private TreeEntry? _open;

    /// <summary>Members that are not in the tree: their paths lead out of it, or are too long.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Of all files, their holes included, in bytes.</summary>
    public long FileBytes { get; private set; }

    /// <summary>A sentence about what ended the archive too early; null when it was whole.</summary>
    public string? Problem { get; private set; }

    /// <summary>Damage ends it where it is found; what stands before can be had.</summary>
    /// <param name="afterEach">Called after each member.</param>
    public async Task RunAsync(Stream archive, Action afterEach, CancellationToken cancellation)
    {
        using var members = new TarMembers(archive);
        try
        {
            while (await members.NextAsync(cancellation) is { } member)
            {
                Close(member.Place);
                Open(member);
                afterEach();
            }

            Close(members.MemberPlace);
        }
        catch (Exception error) when (error is InvalidDataException or ProblemException or IOException)
        {
            Problem = error.Message;
            if (members.MemberPlace > _open?.Place)
            {
                Close(members.MemberPlace);
            }
        }
    }

    private void Open(TarMember member)
    {
        if (MemberPath.Of(member.Path) is not { } path)
        {
            LeftOut++;
            return;
        }

        if (path.IsRoot)
        {
            return;
        }

        Imply(path.Parent);
        var kind = KindOf(member);
        _open = new TreeEntry
        {
            Path = path,
            Kind = kind,
            Size = kind is EntryKind.File ? member.Size : 0,
            Mode = member.Mode,
            User = member.User,
            Group = member.Group,
            Modified = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(member.Modified, EarliestTime, LatestTime)),
            Link = LinkOf(kind, member.Link),
            Place = member.Place,
        };
    }

    private void Close(long end)
    {
        if (_open is { } entry)
        {
            sorter.Add(entry with { Span = end - entry.Place });
            FileBytes += entry.Size is var size && size < long.MaxValue - FileBytes ? size : 0;
            _open = null;
        }
    }

    // Not every tar archive holds the folders of its files. What it does hold wins.
    private void Imply(MemberPath folder)
    {
        if (folder == _folder)
        {
            return;
        }

        foreach (var step in folder.Steps.Except(_folder.Steps))
        {
            sorter.Add(new TreeEntry { Path = step, Kind = EntryKind.Folder });
        }

        _folder = folder;
    }

    private static EntryKind KindOf(TarMember member) => member.Type switch
    {
        '1' => EntryKind.HardLink,
        '2' => EntryKind.Link,
        '3' or '4' => EntryKind.Device,
        '5' or 'D' => EntryKind.Folder,
        '6' => EntryKind.Pipe,
        _ when member.Path is [.., (byte)'/'] => EntryKind.Folder, // as the oldest tar wrote them
        _ => EntryKind.File,
    };

    private static string LinkOf(EntryKind kind, byte[] link) => kind switch
    {
        EntryKind.HardLink => MemberPath.Of(link)?.ToString() ?? "",
        EntryKind.Link => MemberPath.Show(link.AsSpan(0, Math.Min(link.Length, MemberPath.Longest))),
        _ => "",
    };
}
