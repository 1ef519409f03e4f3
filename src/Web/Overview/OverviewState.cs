using VzDump.Engine.Archives;
using VzDump.Engine.Storages;
using VzDump.Web.Shell;

namespace VzDump.Web.Overview;

/// <summary>The worst state of all, in one line.</summary>
/// <param name="Tone">bad, warn, busy, good or quiet.</param>
public sealed record OverviewState(string Sentence, string Detail, string Tone)
{
    private const int NamesShown = 3;

    /// <param name="withBackup">Guests that have an archive on some storage.</param>
    /// <param name="damaged">Archives whose last check found something bad.</param>
    /// <param name="lost">Guests that did not come back in their last restore test.</param>
    public static OverviewState Of(
        DayBoard board, IReadOnlyList<StorageState> storages, IReadOnlySet<Engine.Guests.GuestId> withBackup, IReadOnlyList<Archive> damaged, IReadOnlySet<Engine.Guests.GuestId> lost)
    {
        var all = board.Guests;
        if (all.Count == 0)
        {
            return new OverviewState("No guests on this node", "There is nothing to back up yet.", "quiet");
        }

        if (Those(guest => guest.Last?.State is DayState.Failed) is { Count: > 0 } failed)
        {
            return new OverviewState($"The last backup of {Words.Count(failed.Count, "guest")} failed", Names(failed), "bad");
        }

        if (Those(guest => guest.Last?.State is DayState.Overdue) is { Count: > 0 } overdue)
        {
            return new OverviewState($"The backup of {Words.Count(overdue.Count, "guest")} is overdue", Names(overdue), "bad");
        }

        if (storages.Where(storage => !storage.IsActive).ToList() is { Count: > 0 } gone)
        {
            return new OverviewState(gone.Count == 1 ? $"The storage '{gone[0].Name}' cannot be used" : $"{gone.Count} storages cannot be used", gone[0].Problem!, "bad");
        }

        if (damaged.Count > 0)
        {
            return new OverviewState(
                $"The last check of {Words.Count(damaged.Count, "archive")} failed",
                string.Join(", ", damaged.Take(NamesShown).Select(archive => archive.Name)) + (damaged.Count > NamesShown ? $" and {damaged.Count - NamesShown} more" : "") + ". Do not count on what may be damaged: look at the check, and make a new backup.",
                "bad");
        }

        if (Those(guest => lost.Contains(guest.Guest.Id)) is { Count: > 0 } unproven)
        {
            return new OverviewState($"The last restore test of {Words.Count(unproven.Count, "guest")} failed", $"{Names(unproven)}. Look at the test, and do not count on the backups until one succeeds.", "bad");
        }

        if (Those(guest => !withBackup.Contains(guest.Guest.Id)) is { Count: > 0 } bare)
        {
            return new OverviewState($"{Words.Count(bare.Count, "guest")} {(bare.Count == 1 ? "has" : "have")} no backup yet", Names(bare), "warn");
        }

        return Those(guest => !guest.IsCovered) is { Count: > 0 } open
            ? new OverviewState($"{Words.Count(open.Count, "guest")} {(open.Count == 1 ? "is" : "are")} not covered by any job", Names(open), "warn")
            : new OverviewState(all.Count == 1 ? "The guest is safe" : $"All {all.Count} guests are safe", "Each has a backup, and a job that makes the next one.", "good");

        List<GuestDays> Those(Func<GuestDays, bool> which) => [.. all.Where(which)];
    }

    private static string Names(IReadOnlyList<GuestDays> guests)
    {
        var names = string.Join(", ", guests.Take(NamesShown).Select(guest => $"{guest.Guest.Name} ({guest.Guest.Id})"));
        return guests.Count > NamesShown ? $"{names} and {guests.Count - NamesShown} more" : names;
    }
}
