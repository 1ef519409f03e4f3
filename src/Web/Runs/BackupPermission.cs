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
            problems.AddRange(ForAdministrators.Where(option => option.IsSet(job.Settings)).Select(option => new OptionProblem(option.Name, $"Only an administrator may set '{option.Name}'. Leave it out.")));
        }

        if (job.Selection is GuestSelection.Ids ids && ids.Guests.Where(guest => !rights.Sees(guest)).ToList() is { Count: > 0 } others)
        {
            problems.Add(new OptionProblem("vmid", $"You may not back up {string.Join(", ", others)}. Ask an administrator for the right to."));
        }

        return problems;
    }

    // They run programs and write to folders as root, end other people's backups, or remove archives.
    private static readonly (string Name, Func<BackupSettings, bool> IsSet)[] ForAdministrators =
    [
        ("script", settings => settings.Script is not null), ("dumpdir", settings => settings.DumpFolder is not null), ("tmpdir", settings => settings.TemporaryFolder is not null),
        ("stop", settings => settings.StopRunning is true), ("prune-backups", settings => settings.Prune is not null), ("stdout", settings => settings.Stdout is not null),
    ];

    /// <summary>Names of the options that only an administrator of the node may set.</summary>
    public static IReadOnlyList<string> AdministratorsOnly { get; } = [.. ForAdministrators.Select(option => option.Name)];
}
