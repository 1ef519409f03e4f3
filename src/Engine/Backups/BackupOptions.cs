using VzDump.Engine.Bandwidth;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>vzdump's options as they hold for one run, after every source was asked.</summary>
public sealed record BackupOptions
{
    public BackupMode Mode { get; init; } = BackupMode.Snapshot;

    /// <summary>Null when <see cref="DumpFolder"/> says where to.</summary>
    public string? Storage { get; init; } = "local";

    public string? DumpFolder { get; init; }

    public string? TemporaryFolder { get; init; }

    public CompressionSettings Compression { get; init; } = new(CompressionKind.None, 1);

    public BandwidthLimit BandwidthLimit { get; init; }

    /// <summary>0 to 8; 8 is the idle class.</summary>
    public int IoNice { get; init; } = 7;

    public TimeSpan LockWait { get; init; } = TimeSpan.FromMinutes(180);

    public TimeSpan StopWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Globs of all sources, the standard ones last.</summary>
    public IReadOnlyList<string> Excludes { get; init; } = EffectiveOption.StandardGlobs;

    public string? Script { get; init; }

    public string NotesTemplate { get; init; } = "";

    public bool Protected { get; init; }

    /// <summary>Null when neither job nor call says anything: then the storage is asked, and <see cref="DefaultPrune"/> after it.</summary>
    public KeepPolicy? JobPrune { get; init; }

    public KeepPolicy DefaultPrune { get; init; } = KeepPolicy.All;

    public bool Remove { get; init; } = true;

    /// <summary>The policy for archives on a storage: the job's, else the storage's own, else that of vzdump.conf.</summary>
    public KeepPolicy PruneOn(BackupStorage storage) => JobPrune ?? storage.Prune ?? DefaultPrune;

    /// <summary>The only node that works on the job; null for any.</summary>
    public string? Node { get; init; }

    /// <summary>vzdump's <c>stop</c>: whether the running backup of this node is stopped first.</summary>
    public bool StopRunning { get; init; }

    /// <summary>How many parts of a machine's disks are read at the same time, 1 to 256.</summary>
    public int MaxWorkers { get; init; } = PerformanceSettings.DefaultWorkers;

    public FleecingSettings Fleecing { get; init; } = new();

    /// <summary>Addresses or names of users; empty for no mail.</summary>
    public IReadOnlyList<string> MailTo { get; init; } = [];

    public MailNotification MailNotification { get; init; }

    public bool Quiet { get; init; }

    /// <summary>Whether the archive goes to standard output; for one guest only.</summary>
    public bool Stdout { get; init; }

    private BackupSettings OfJob { get; init; } = new();

    private BackupSettings OfConf { get; init; } = new();

    /// <summary>Whatever is wrong with the options, of all sources.</summary>
    public IReadOnlyList<OptionProblem> Problems { get; init; } = [];

    /// <summary>Refuses what is not allowed, before anything is touched.</summary>
    /// <exception cref="ProblemException">Two options exclude one another, or a value is not allowed; the message has a line for each.</exception>
    public void Check() => OptionProblem.Throw(Problems);

    /// <summary>Every value that holds and where it comes from. Null for a folder, or where the storage is not known yet.</summary>
    public IReadOnlyList<EffectiveOption> EffectiveOn(BackupStorage? storage) => EffectiveOption.Of(OfJob, OfConf, storage?.Prune);

    /// <summary>The same for a whole job, whose guests and options must fit together.</summary>
    public static BackupOptions From(BackupJob job, BackupSettings defaults, int cores)
    {
        var options = From(job.Settings, defaults, cores);
        return options with { Problems = [.. options.Problems, .. job.SelectionProblems(options.StopRunning, options.Stdout)] };
    }

    /// <summary>The job's word first, then that of vzdump.conf, then vzdump's default. Storage and folder fall back as a pair; exclude paths are joined.</summary>
    public static BackupOptions From(BackupSettings job, BackupSettings defaults, int cores)
    {
        var place = job.Storage is null && job.DumpFolder is null ? defaults : job;
        var performance = (job.Performance ?? new PerformanceSettings()).Over(defaults.Performance);
        var standard = job.StandardExcludes ?? defaults.StandardExcludes ?? true;
        var options = new BackupOptions
        {
            Mode = job.Mode ?? defaults.Mode ?? BackupMode.Snapshot,
            Storage = place.Storage ?? (place.DumpFolder is null ? "local" : null),
            DumpFolder = place.DumpFolder,
            TemporaryFolder = job.TemporaryFolder ?? defaults.TemporaryFolder,
            Compression = CompressionSettings.From(
                job.Compress ?? defaults.Compress ?? CompressionKind.None,
                job.ZstdThreads ?? defaults.ZstdThreads ?? 1,
                job.GzipThreads ?? defaults.GzipThreads ?? 0,
                cores),
            BandwidthLimit = BandwidthLimit.FromKiB(Math.Clamp(job.BandwidthLimitKiB ?? defaults.BandwidthLimitKiB ?? 0, 0, long.MaxValue / 1024)),
            IoNice = job.IoNice ?? defaults.IoNice ?? 7,
            LockWait = TimeSpan.FromMinutes(job.LockWaitMinutes ?? defaults.LockWaitMinutes ?? 180),
            StopWait = TimeSpan.FromMinutes(job.StopWaitMinutes ?? defaults.StopWaitMinutes ?? 10),
            Excludes = [.. defaults.ExcludePaths ?? [], .. job.ExcludePaths ?? [], .. standard ? EffectiveOption.StandardGlobs : []],
            Script = (job.Script ?? defaults.Script) is { Length: > 0 } script ? script : null, // an empty word means none, whatever vzdump.conf says
            NotesTemplate = job.NotesTemplate ?? defaults.NotesTemplate ?? "",
            Protected = job.Protected ?? defaults.Protected ?? false,
            JobPrune = job.Prune,
            DefaultPrune = defaults.Prune ?? KeepPolicy.All,
            Remove = job.Remove ?? defaults.Remove ?? true,
            Node = job.Node ?? defaults.Node,
            StopRunning = job.StopRunning ?? defaults.StopRunning ?? false,
            MaxWorkers = performance.MaxWorkers ?? PerformanceSettings.DefaultWorkers,
            Fleecing = job.Fleecing ?? defaults.Fleecing ?? new FleecingSettings(),
            MailTo = job.MailTo ?? defaults.MailTo ?? [],
            MailNotification = job.MailNotification ?? defaults.MailNotification ?? MailNotification.Always,
            Quiet = job.Quiet ?? defaults.Quiet ?? false,
            Stdout = job.Stdout ?? defaults.Stdout ?? false,
        };
        return options with { OfJob = job, OfConf = defaults, Problems = [.. job.Problems(), .. defaults.Problems().Select(OfVzdumpConf), .. options.Conflicts()] };
    }

    private static OptionProblem OfVzdumpConf(OptionProblem problem) => problem with { Message = $"vzdump.conf: {problem.Message}" };

    // What a storage is needed for may come from another source than the folder.
    private IEnumerable<OptionProblem> Conflicts()
    {
        const string needsStorage = "'notes-template' and 'protected' need a storage; with 'dumpdir' they cannot be used.";
        if (Storage is null && NotesTemplate.Length > 0)
        {
            yield return new OptionProblem("notes-template", needsStorage);
        }

        if (Storage is null && Protected)
        {
            yield return new OptionProblem("protected", needsStorage);
        }
    }
}
