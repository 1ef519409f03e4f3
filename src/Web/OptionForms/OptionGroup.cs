using VzDump.Engine.Backups;

namespace VzDump.Web.OptionForms;

/// <summary>Options that belong together in a form.</summary>
/// <param name="Options">Names of vzdump's options.</param>
public sealed record OptionGroup(string Title, string Meaning, params IReadOnlyList<string> Options)
{
    /// <summary>What the usual case needs; always open.</summary>
    public static OptionGroup Usual { get; } = new("How", "", "storage", "mode", "compress");

    public static OptionGroup Retention { get; } = new("Older archives", "", "prune-backups", "remove");

    /// <summary>Everything else, closed until somebody wants it.</summary>
    public static IReadOnlyList<OptionGroup> Others { get; } =
    [
        new("Notes and protection", "What is written to each archive, and whether it can be deleted.", "notes-template", "protected"),
        new("Mail", "Who is told when a run has ended.", "mailto", "mailnotification"),
        new("Speed", "How much of the machine a backup may take.", "bwlimit", "ionice", "zstd", "pigz", "performance", "fleecing"),
        new("Waiting", "How long a backup waits for others.", "lockwait", "stopwait", "stop"),
        new("Left out", "Files of containers that are in no archive.", "exclude-path", "stdexcludes"),
        new("Folders and scripts", "For what a storage and the usual folders cannot do.", "dumpdir", "tmpdir", "script", "node"),
        new("For the command line", "Kept for a real vzdump; here a run always has its log.", "quiet", "stdout"),
    ];

    public static IEnumerable<OptionGroup> All => [Usual, Retention, .. Others];

    /// <summary>How many of the options have a word of their own.</summary>
    public int CountSet(OptionsDraft draft) => Options.Count(option => draft[option] is not null);

    public bool HasProblem(OptionsDraft draft) => Options.Any(option => draft.ProblemOf(option) is not null);

    /// <exception cref="InvalidOperationException">vzdump has none of that name.</exception>
    public static BackupOption Option(string name) => VzdumpOptions.Find(name) ?? throw new InvalidOperationException($"vzdump has no option '{name}'.");
}
