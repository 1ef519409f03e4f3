using VzDump.Engine.Guests;

namespace VzDump.Engine.Browsing.PutBack;

/// <summary>Which files of a container's archive are to be put into which container.</summary>
public sealed record PutBackRequest
{
    /// <summary>Full path.</summary>
    public required string ArchivePath { get; init; }

    /// <summary>See <see cref="MemberPath"/>; a folder with all that is in it.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    public required GuestId Target { get; init; }

    /// <summary>Where in the container, e.g. <c>/restored</c>; null for each file's own place.</summary>
    public string? Folder { get; init; }
}

/// <summary>What putting files back would do.</summary>
/// <param name="Count">Files, folders and links.</param>
/// <param name="Bytes">Of the files, their holes included.</param>
/// <param name="Name">The container's.</param>
/// <param name="IsRunning">Whether its programs will see the files change.</param>
public sealed record PutBackPlan(long Count, long Bytes, string Name, bool IsRunning);
