using VzDump.Engine.Archives;
using VzDump.Engine.Guests;
using VzDump.Jobs.History;

namespace VzDump.Jobs.Checks;

/// <summary>Which guests are due for a restore test, each with its newest archive. Pure: it reads nothing and changes nothing.</summary>
/// <param name="Newest">Of every guest of the plan.</param>
/// <param name="Untested">Those of guests that were never tested, the newest first.</param>
/// <param name="Again">Those of guests whose last test failed with an older archive, the test longest ago first.</param>
/// <param name="Overdue">Those of guests whose last test is too long ago, that longest ago first.</param>
internal sealed record TrialChoice(IReadOnlyList<Archive> Newest, IReadOnlyList<Archive> Untested, IReadOnlyList<Archive> Again, IReadOnlyList<Archive> Overdue)
{
    /// <summary>How many guests came back in their last test.</summary>
    public int Proven { get; private init; }

    /// <summary>How many did not.</summary>
    public int Failing { get; private init; }

    public IEnumerable<Archive> InOrder => Untested.Concat(Again).Concat(Overdue);

    public static TrialChoice Of(IReadOnlyList<Archive> archives, IReadOnlyCollection<int>? guests, IReadOnlyDictionary<GuestId, GuestProof> proofs, TimeSpan againAfter, DateTimeOffset now)
    {
        // Of a renamed one nobody can tell whose it is.
        var newest = archives.Where(archive => archive.Guest is { } guest && guests?.Contains(guest.Value) is not false)
            .GroupBy(archive => archive.Guest!.Value).Select(guest => guest.MaxBy(archive => archive.Time)!)
            .OrderByDescending(archive => archive.Time).ThenBy(archive => archive.Path, StringComparer.Ordinal).ToList();
        var tested = newest.Select(archive => (Archive: archive, proofs.GetValueOrDefault(archive.Guest!.Value)?.Last)).Where(guest => guest.Last is not null).OrderBy(guest => guest.Last!.At).ToList();
        var again = tested.Where(guest => !guest.Last!.IsProven && guest.Last.ArchivePath != guest.Archive.Path).Select(guest => guest.Archive).ToList();
        return new TrialChoice(
            newest,
            [.. newest.Where(archive => !proofs.ContainsKey(archive.Guest!.Value))],
            again,
            [.. tested.Where(guest => now - guest.Last!.At > againAfter).Select(guest => guest.Archive).Except(again)])
        {
            Proven = tested.Count(guest => guest.Last!.IsProven),
            Failing = tested.Count(guest => !guest.Last!.IsProven),
        };
    }
}
