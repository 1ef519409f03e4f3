using VzDump.Engine.Bandwidth;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;

namespace VzDump.Engine.Backups;

/// <summary>vzdump's options as they hold for one run, after every source was asked.</summary>
public sealed record BackupOptions
{
    private static readonly string[] StandardGlobs = ["/tmp/?*", "/var/tmp/?*", "/var/run/?*.pid"];

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
    public IReadOnlyList<string> Excludes { get; init; } = StandardGlobs;

    public string? Script { get; init; }

    public string NotesTemplate { get; init; } = "";

    public bool Protected { get; init; }

    /// <summary>Null when neither job nor call says anything: then the storage is asked, and <see cref="DefaultPrune"/> after it.</summary>
    public KeepPolicy? JobPrune { get; init; }

    public KeepPolicy DefaultPrune { get; init; } = KeepPolicy.All;

    public bool Remove { get; init; } = true;

    /// <summary>Addresses or users of this host.</summary>
    public IReadOnlyList<string> MailTo { get; init; } = [];

    /// <summary>The policy for archives on a storage: the job's, else the storage's own, else that of vzdump.conf.</summary>
    public KeepPolicy PruneOn(BackupStorage storage) => JobPrune ?? storage.Prune ?? DefaultPrune;

    /// <summary>Refuses what cannot be had together, before anything is touched.</summary>
    /// <exception cref="ProblemException">Two options exclude one another, or a value is not allowed.</exception>
    public void Check()
    {
        if (Storage is not null && DumpFolder is not null)
        {
            throw new ProblemException("cannot use both 'storage' and 'dumpdir': only one of them can say where the archives go.");
        }

        if (Storage is null && (NotesTemplate.Length > 0 || Protected))
        {
            throw new ProblemException("'notes-template' and 'protected' need a storage; with 'dumpdir' they cannot be used.");
        }

        if (NotesTemplate.Length > BackupSettings.LongestNotesTemplate || NotesTemplate.AsSpan().ContainsAny('\n', '\r'))
        {
            throw new ProblemException($"'notes-template' must be one line of at most {BackupSettings.LongestNotesTemplate} characters; write \\n where a line ends.");
        }

        if (MailTo.FirstOrDefault(recipient => !MailRecipients.IsRecipient(recipient)) is { } strange)
        {
            throw new ProblemException($"'mailto' holds '{strange}', which is no mail address and no name of a user.");
        }
    }

    /// <summary>The job's word first, then that of vzdump.conf, then vzdump's default. Storage and folder fall back as a pair; exclude paths are joined.</summary>
    public static BackupOptions From(BackupSettings job, BackupSettings defaults, int cores)
    {
        var place = job.Storage is null && job.DumpFolder is null ? defaults : job;
        var standard = job.StandardExcludes ?? defaults.StandardExcludes ?? true;
        return new BackupOptions
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
            BandwidthLimit = BandwidthLimit.FromKiB(job.BandwidthLimitKiB ?? defaults.BandwidthLimitKiB ?? 0),
            IoNice = job.IoNice ?? defaults.IoNice ?? 7,
            LockWait = TimeSpan.FromMinutes(job.LockWaitMinutes ?? defaults.LockWaitMinutes ?? 180),
            StopWait = TimeSpan.FromMinutes(job.StopWaitMinutes ?? defaults.StopWaitMinutes ?? 10),
            Excludes = [.. defaults.ExcludePaths ?? [], .. job.ExcludePaths ?? [], .. standard ? StandardGlobs : []],
            Script = job.Script ?? defaults.Script,
            NotesTemplate = job.NotesTemplate ?? defaults.NotesTemplate ?? "",
            Protected = job.Protected ?? defaults.Protected ?? false,
            JobPrune = job.Prune,
            DefaultPrune = defaults.Prune ?? KeepPolicy.All,
            Remove = job.Remove ?? defaults.Remove ?? true,
            MailTo = job.MailTo ?? defaults.MailTo ?? [],
        };
    }
}
