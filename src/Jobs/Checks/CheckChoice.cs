using VzDump.Engine.Archives;
using VzDump.Jobs.History;

namespace VzDump.Jobs.Checks;

/// <summary>Which archives are due for a check, the most urgent first. Pure: it reads nothing and changes nothing.</summary>
/// <param name="Unchecked">Those that were never checked: the newest of each guest, then the others, newest first.</param>
/// <param name="Overdue">Those whose last check is too long ago, that longest ago first.</param>
internal sealed record CheckChoice(IReadOnlyList<Archive> Unchecked, IReadOnlyList<Archive> Overdue)
{
    public IEnumerable<Archive> InOrder => Unchecked.Concat(Overdue);

    public static CheckChoice Of(IReadOnlyList<Archive> archives, IReadOnlyDictionary<string, CheckedArchive> checks, TimeSpan againAfter, DateTimeOffset now)
    {
        // Of a renamed one nobody can tell whose it is; a check is about a guest.
        var known = archives.Where(archive => archive.Guest is not null).ToList();
        var newest = known.GroupBy(archive => (archive.Guest, archive.Kind)).Select(guest => guest.MaxBy(archive => archive.Time)!.Path).ToHashSet(StringComparer.Ordinal);
        return new CheckChoice(
            [.. known.Where(archive => !checks.ContainsKey(archive.Path)).OrderByDescending(archive => newest.Contains(archive.Path)).ThenByDescending(archive => archive.Time).ThenBy(archive => archive.Path, StringComparer.Ordinal)],
            [.. known.Where(archive => checks.TryGetValue(archive.Path, out var check) && now - check.At > againAfter).OrderBy(archive => checks[archive.Path].At).ThenBy(archive => archive.Path, StringComparer.Ordinal)]);
    }
}
