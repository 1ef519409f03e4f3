using System.Globalization;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using static VzDump.Engine.Backups.OptionValue;

namespace VzDump.Engine.Backups;

/// <summary>Every option of vzdump, once: files, command lines, checks and forms read this table.</summary>
public static class VzdumpOptions
{
    private const int MostThreads = 1024;
    private const int LeastSize = 500;
    private static readonly string[] Modes = ["snapshot", "suspend", "stop"];

    /// <summary>In the order in which a command line is written.</summary>
    public static IReadOnlyList<BackupOption> All { get; } =
    [
        Guests("vmid", "The guests to back up, by VMID."),
        new("all", OptionScope.Guests, new Flag(), "0", "Back up every guest of this node."),
        Guests("exclude", "Guests to leave out; without a pool, this means all others."),
        new("pool", OptionScope.Guests, new Text("the name of a pool"), null, "Back up the guests that are members of this pool."),
        Line("node", "the name of a node", null, "Run on this node only; elsewhere do nothing.", OptionText.IsNode, s => s.Node, (s, text) => s with { Node = text }),
        Word("mode", Modes, "snapshot", "How a running guest is brought to rest.", s => s.Mode?.VzdumpName, (s, index) => s with { Mode = (BackupMode)index }),
        Line("storage", "the name of a storage", "local", "The storage for the archives.", OptionText.IsStorage, s => s.Storage, (s, text) => s with { Storage = text }),
        Folder("dumpdir", "A folder for the archives, instead of a storage.", s => s.DumpFolder, (s, text) => s with { DumpFolder = text }),
        Folder("tmpdir", "A folder for temporary files.", s => s.TemporaryFolder, (s, text) => s with { TemporaryFolder = text }),
        Read("compress", new Choice("0", "lzo", "gzip", "zstd"), "0", "How archives are compressed; 1 is an older name for lzo.", s => s.Compress?.VzdumpName, (s, text) => CompressionKindNames.Parse(text) is { } kind ? s with { Compress = kind } : null),
        Count("zstd", new Number(0, MostThreads, "threads"), "1", "Threads of zstd; 0 for half the cores.", s => s.ZstdThreads, (s, number) => s with { ZstdThreads = (int)number }),
        Count("pigz", new Number(0, MostThreads, "threads"), "0", "Threads of gzip; 0 for one, 1 for half the cores.", s => s.GzipThreads, (s, number) => s with { GzipThreads = (int)number }),
        Count("bwlimit", new Number(0, long.MaxValue / 1024, "KiB/s"), "0", "The most that is read in a second, in KiB; 0 for no limit.", s => s.BandwidthLimitKiB, (s, number) => s with { BandwidthLimitKiB = number }),
        Count("ionice", new Number(0, 8), "7", "The priority of reading and writing; 8 only when nobody else does.", s => s.IoNice, (s, number) => s with { IoNice = (int)number }),
        Count("lockwait", new Number(0, int.MaxValue, "minutes"), "180", "How long to wait while another backup of this node runs.", s => s.LockWaitMinutes, (s, number) => s with { LockWaitMinutes = (int)number }),
        Count("stopwait", new Number(0, int.MaxValue, "minutes"), "10", "How long a guest may take to stop.", s => s.StopWaitMinutes, (s, number) => s with { StopWaitMinutes = (int)number }),
        Switch("stop", "0", "Stop the running backup of this node first.", s => s.StopRunning, (s, flag) => s with { StopRunning = flag }),
        Switch("stdexcludes", "1", "Leave out temporary files and old process ids.", s => s.StandardExcludes, (s, flag) => s with { StandardExcludes = flag }),
        new("exclude-path", OptionScope.Backup, new List("globs without line ends"), null, "Files and folders of containers to leave out; added to those of vzdump.conf.")
        {
            Texts = s => s.ExcludePaths ?? [],
            With = (s, text) => text.Split(['\0', '\n'], StringSplitOptions.RemoveEmptyEntries) is var globs && Array.TrueForAll(globs, OptionText.IsLine) ? s with { ExcludePaths = [.. s.ExcludePaths ?? [], .. globs] } : null,
        },
        Line("script", "the path of a program", null, "A hook script that is called at each phase.", OptionText.IsLine, s => s.Script, (s, text) => s with { Script = text }),
        Read("prune-backups", new Text("keep-all=1, or counts such as keep-last=3,keep-daily=7"), "keep-all=1", "Which older archives are kept.", s => s.Prune?.ToString(), (s, text) => KeepPolicy.TryParse(text) is { } keep ? s with { Prune = keep } : null),
        new("maxfiles", OptionScope.Backup, new Number(0, int.MaxValue), null, "How many archives of a guest are kept; 0 for all.")
        {
            Deprecated = "option 'maxfiles' is deprecated: write 'prune-backups keep-last=N' instead.",
            With = (s, text) => OptionText.Number(text, 0, int.MaxValue) is { } number ? s with { Prune = s.Prune ?? KeepPolicy.FromMaxFiles((int)number) } : null,
        },
        Switch("remove", "1", "Remove older archives after each guest, as prune-backups says.", s => s.Remove, (s, flag) => s with { Remove = flag }),
        Line("notes-template", $"one line of at most {BackupSettings.LongestNotesTemplate} characters (write \\n where a line ends)", null, "Notes for each archive, with {{cluster}}, {{guestname}}, {{node}} and {{vmid}}.", text => text.Length <= BackupSettings.LongestNotesTemplate && OptionText.IsLine(text), s => s.NotesTemplate, (s, text) => s with { NotesTemplate = text }),
        Switch("protected", "0", "Protect each archive from being removed.", s => s.Protected, (s, flag) => s with { Protected = flag }),
        Read("performance", new Text($"max-workers=N, with N from 1 to {PerformanceSettings.MostWorkers}"), $"max-workers={PerformanceSettings.DefaultWorkers}", "How much of a machine's disks is read at the same time.", s => s.Performance?.ToString(), (s, text) => PerformanceSettings.TryParse(text) is { } read ? s with { Performance = read } : null),
        Read("fleecing", new Text("enabled=0 or enabled=1, and storage=NAME"), "enabled=0", "Set aside what a machine overwrites during its backup on a fast storage.", s => s.Fleecing is { } fleecing ? FleecingText.Write(fleecing) : null, (s, text) => FleecingText.TryParse(text) is { } read ? s with { Fleecing = read } : null),
        new("mailto", OptionScope.Backup, new List("mail addresses or user names"), null, "Who is sent a mail when a run has ended.")
        {
            Texts = s => s.MailTo is { } to ? [string.Join(',', to)] : [],
            With = (s, text) => OptionText.Addresses(text) is { } to ? s with { MailTo = [.. s.MailTo ?? [], .. to] } : null,
        },
        Word("mailnotification", ["always", "failure"], "always", "Send a mail always, or only when something failed.", s => s.MailNotification?.ToString().ToLowerInvariant(), (s, index) => s with { MailNotification = (MailNotification)index }),
        Switch("quiet", "0", "Print nothing.", s => s.Quiet, (s, flag) => s with { Quiet = flag }),
        Switch("stdout", "0", "Write the archive of one guest to standard output.", s => s.Stdout, (s, flag) => s with { Stdout = flag }),
        new("size", OptionScope.Backup, new Number(LeastSize, int.MaxValue), null, "Without effect.")
        {
            Deprecated = "option 'size' is deprecated and has no effect: remove it.",
            With = (s, text) => OptionText.Number(text, LeastSize, int.MaxValue) is null ? null : s,
        },
        new("id", OptionScope.Job, new Text("letters, digits, - and _"), null, "The job's own name."),
        new("schedule", OptionScope.Job, new Text("a calendar event such as mon..fri 21:00"), null, "When the job runs."),
        new("enabled", OptionScope.Job, new Flag(), "1", "Whether the job runs by its schedule."),
        new("comment", OptionScope.Job, new Text($"one line of at most {JobDefinition.LongestComment} characters"), null, "What the job is for."),
        new("repeat-missed", OptionScope.Job, new Flag(), "0", "Run as soon as possible when a time was missed."),
    ];

    /// <summary>The options that <see cref="BackupSettings"/> keeps and files may hold.</summary>
    public static IEnumerable<BackupOption> OfSettings => All.Where(option => option is { Scope: OptionScope.Backup, Deprecated: null });

    /// <summary>Null when vzdump has none of that name.</summary>
    public static BackupOption? Find(string name) => All.FirstOrDefault(option => option.Name == name);

    private static BackupOption Guests(string name, string help) => new(name, OptionScope.Guests, new List("VMIDs, 100 to 999999999"), null, help);

    private static BackupOption Read(string name, OptionValue takes, string? builtIn, string help, Func<BackupSettings, string?> text, Func<BackupSettings, string, BackupSettings?> with) =>
        new(name, OptionScope.Backup, takes, builtIn, help) { Texts = settings => text(settings) is { } value ? [value] : [], With = with };

    private static BackupOption Switch(string name, string builtIn, string help, Func<BackupSettings, bool?> value, Func<BackupSettings, bool, BackupSettings> with) =>
        Read(name, new Flag(), builtIn, help, s => value(s) switch { true => "1", false => "0", null => null }, (s, text) => OptionText.Flag(text) is { } flag ? with(s, flag) : null);

    private static BackupOption Count(string name, Number takes, string builtIn, string help, Func<BackupSettings, long?> value, Func<BackupSettings, long, BackupSettings> with) =>
        Read(name, takes, builtIn, help, s => value(s)?.ToString(CultureInfo.InvariantCulture), (s, text) => OptionText.Number(text, takes.Lowest, takes.Highest) is { } number ? with(s, number) : null);

    private static BackupOption Word(string name, string[] words, string builtIn, string help, Func<BackupSettings, string?> value, Func<BackupSettings, int, BackupSettings> with) =>
        Read(name, new Choice(words), builtIn, help, value, (s, text) => Array.IndexOf(words, text) is >= 0 and var index ? with(s, index) : null);

    private static BackupOption Line(string name, string shape, string? builtIn, string help, Predicate<string> allowed, Func<BackupSettings, string?> value, Func<BackupSettings, string, BackupSettings> with) =>
        Read(name, new Text(shape), builtIn, help, value, (s, text) => allowed(text) ? with(s, text) : null);

    private static BackupOption Folder(string name, string help, Func<BackupSettings, string?> value, Func<BackupSettings, string, BackupSettings> with) =>
        Read(name, new Text("the path of a folder, beginning with /"), null, help, value, (s, text) => OptionText.Folder(text) is { } folder ? with(s, folder) : null);
}
