using VzDump.Engine.Archives;

namespace VzDump.Engine.Storages;

/// <summary>Archives, newest first.</summary>
/// <param name="Problems">Sentences for a person.</param>
public sealed record ArchiveListing(IReadOnlyList<Archive> Archives, IReadOnlyList<string> Problems)
{
    internal static ArchiveListing Of(IReadOnlyCollection<ArchiveListing> parts, string? problem) => new(
        [.. parts.SelectMany(part => part.Archives).OrderByDescending(archive => archive.Time).ThenBy(archive => archive.Name, StringComparer.Ordinal).ThenBy(archive => archive.Storage, StringComparer.Ordinal)],
        [.. parts.SelectMany(part => part.Problems).Concat(problem is null ? [] : [problem]).Order(StringComparer.Ordinal)]);

    internal bool IsSame(ArchiveListing other) => Archives.SequenceEqual(other.Archives) && Problems.SequenceEqual(other.Problems);
}

/// <summary>The log that vzdump keeps beside an archive.</summary>
/// <param name="IsCut">Whether older lines are left out.</param>
public sealed record ArchiveLog(IReadOnlyList<string> Lines, bool IsCut);
