using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>What a person may ask of a backup. The engine checks the guests again when the run's turn comes.</summary>
public static class BackupPermission
{
    public static IReadOnlyList<OptionProblem> Problems(Rights rights, BackupJob job)
    {
        var problems = new List<OptionProblem>();
        if (!rights.AdministersNode)
        {
            problems.AddRange(AdministratorsOnly(job.Settings).Select(option => new OptionProblem(option, $"Only an administrator may set '{option}'. Leave it out.")));
        }

        if (job.Selection is GuestSelection.Ids ids && ids.Guests.Where(guest => !rights.Sees(guest)).ToList() is { Count: > 0 } others)
        {
            problems.Add(new OptionProblem("vmid", $"You may not back up {string.Join(", ", others)}. Ask an administrator for the right to."));
        }

        return problems;
    }

    // They run programs and write to folders as root, end other people's backups, or remove archives.
    private static IEnumerable<string> AdministratorsOnly(BackupSettings settings) =>
        from option in ((string Name, object? Value)[])
        [
            ("script", settings.Script), ("dumpdir", settings.DumpFolder), ("tmpdir", settings.TemporaryFolder),
            ("stop", settings.StopRunning is true ? "1" : null), ("prune-backups", settings.Prune), ("stdout", settings.Stdout),
        ]
        where option.Value is not null
        select option.Name;
}
