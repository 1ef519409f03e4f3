using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>A definition of what to back up and how. What it leaves null comes from vzdump.conf, else from vzdump's defaults.</summary>
public sealed record BackupJob
{
    public required GuestSelection Selection { get; init; }

    public BackupSettings Settings { get; init; } = new();

    /// <summary>What keeps it from being saved or run: single values, and what cannot be had together.</summary>
    public IReadOnlyList<OptionProblem> Problems() => [.. Settings.Problems(), .. SelectionProblems(Settings.StopRunning ?? false, Settings.Stdout ?? false)];

    internal IEnumerable<OptionProblem> SelectionProblems(bool stopsRunning, bool toStdout)
    {
        switch (Selection)
        {
            // As with vzdump, a call may do nothing but stop the running backup.
            case GuestSelection.Ids { Guests.Count: 0 } when !stopsRunning:
                yield return new OptionProblem("vmid", "No guest is named: name at least one VMID, or choose all guests or a pool.");
                break;
            case GuestSelection.Pool pool when !OptionText.IsPool(pool.Name):
                yield return new OptionProblem("pool", $"'{pool.Name}' is not allowed for 'pool': it takes the name of a pool.");
                break;
        }

        if (toStdout && Selection is not GuestSelection.Ids { Guests.Count: 1 })
        {
            yield return new OptionProblem("stdout", "Only the archive of one guest can go to standard output ('stdout'): name exactly one VMID.");
        }
    }
}
