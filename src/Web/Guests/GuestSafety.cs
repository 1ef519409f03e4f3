using VzDump.Web.Shell;

namespace VzDump.Web.Guests;

/// <summary>One sentence on whether the guests are safe, the worst first.</summary>
/// <param name="Tone">good, warn or quiet.</param>
public sealed record GuestSafety(string Sentence, string Detail, string Tone)
{
    /// <summary>A backup that is older than this is worth a warning.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromDays(7);

    public static GuestSafety Of(IReadOnlyList<GuestRow> rows, DateTimeOffset now)
    {
        if (rows.Count == 0)
        {
            return new GuestSafety("No guests on this node", "There is nothing to back up yet.", "quiet");
        }

        var guests = Words.Count(rows.Count, "guest");
        var bare = rows.Count(row => row.LastBackup is null);
        if (bare > 0)
        {
            var sentence = bare == rows.Count
                ? rows.Count == 1 ? "1 guest, and it has no backup yet" : $"{guests}, none has a backup yet"
                : $"{guests}, {bare} {(bare == 1 ? "has" : "have")} no backup yet";
            return new GuestSafety(sentence, "Press Backup now to make the first one.", "warn");
        }

        var oldest = now - rows.Min(row => row.LastBackup!.Time);
        var stale = rows.Count(row => now - row.LastBackup!.Time > Stale);
        return stale > 0
            ? new GuestSafety($"{guests}, {stale} {(stale == 1 ? "has" : "have")} no backup of the last 7 days", $"The oldest last backup was made {Words.Ago(oldest)}.", "warn")
            : new GuestSafety(
                rows.Count == 1 ? "1 guest, and it has a recent backup" : $"{guests}, each has a recent backup",
                $"The oldest of the last backups was made {Words.Ago(oldest)}.", "good");
    }
}
