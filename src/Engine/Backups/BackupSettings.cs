using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;

namespace VzDump.Engine.Backups;

/// <summary>vzdump's options as one source gives them (a job, a call or vzdump.conf); null where it says nothing.</summary>
public sealed record BackupSettings
{
    /// <summary>In characters.</summary>
    public const int LongestNotesTemplate = 1024;

    /// <summary>The only node that works on the job; the others do nothing.</summary>
    public string? Node { get; init; }

    public BackupMode? Mode { get; init; }

    /// <summary>Name of a storage in storage.cfg. Not together with <see cref="DumpFolder"/>.</summary>
    public string? Storage { get; init; }

    /// <summary>vzdump's <c>dumpdir</c>: a folder for the archives, instead of a storage.</summary>
    public string? DumpFolder { get; init; }

    /// <summary>vzdump's <c>tmpdir</c>.</summary>
    public string? TemporaryFolder { get; init; }

    public CompressionKind? Compress { get; init; }

    /// <summary>vzdump's <c>zstd</c>: threads, 0 for half the cores.</summary>
    public int? ZstdThreads { get; init; }

    /// <summary>vzdump's <c>pigz</c>: 0 for one thread, 1 for half the cores, else threads.</summary>
    public int? GzipThreads { get; init; }

    /// <summary>vzdump's <c>bwlimit</c>, in KiB/s; 0 for none.</summary>
    public long? BandwidthLimitKiB { get; init; }

    /// <summary>vzdump's <c>ionice</c>, 0 to 8; 8 is the idle class.</summary>
    public int? IoNice { get; init; }

    /// <summary>vzdump's <c>lockwait</c>, in minutes.</summary>
    public int? LockWaitMinutes { get; init; }

    /// <summary>vzdump's <c>stopwait</c>, in minutes.</summary>
    public int? StopWaitMinutes { get; init; }

    /// <summary>vzdump's <c>stop</c>: whether the running backup of this node is stopped first.</summary>
    public bool? StopRunning { get; init; }

    public bool? StandardExcludes { get; init; }

    /// <summary>vzdump's <c>exclude-path</c>; those of all sources are joined.</summary>
    public IReadOnlyList<string>? ExcludePaths { get; init; }

    /// <summary>Path of a hook script.</summary>
    public string? Script { get; init; }

    /// <summary>vzdump's <c>notes-template</c>.</summary>
    public string? NotesTemplate { get; init; }

    public bool? Protected { get; init; }

    /// <summary>vzdump's <c>prune-backups</c>, and its older <c>maxfiles</c>.</summary>
    public KeepPolicy? Prune { get; init; }

    /// <summary>vzdump's <c>remove</c>: whether older archives are removed after each guest as <see cref="Prune"/> says.</summary>
    public bool? Remove { get; init; }

    public PerformanceSettings? Performance { get; init; }

    public FleecingSettings? Fleecing { get; init; }

    /// <summary>vzdump's <c>mailto</c>: addresses or names of users.</summary>
    public IReadOnlyList<string>? MailTo { get; init; }

    public MailNotification? MailNotification { get; init; }

    public bool? Quiet { get; init; }

    /// <summary>Whether the archive goes to standard output; for one guest only.</summary>
    public bool? Stdout { get; init; }

    /// <summary>What is not allowed, each with the option's name: the limits of single values, and what cannot be had together.</summary>
    public IReadOnlyList<OptionProblem> Problems() =>
    [
        .. from option in VzdumpOptions.OfSettings
           from text in option.Texts(this)
           where option.With(new BackupSettings(), text) is null
           select option.Refuse(text),
        .. Conflicts(),
    ];

    private IEnumerable<OptionProblem> Conflicts()
    {
        if (Storage is not null && DumpFolder is not null)
        {
            yield return new OptionProblem("dumpdir", "cannot use both 'storage' and 'dumpdir': only one of them can say where the archives go.");
        }

        if (ExcludePaths?.Any(glob => glob.AsSpan().ContainsAny('\n', '\0') || glob.Length == 0) is true)
        {
            yield return new OptionProblem("exclude-path", "A glob of 'exclude-path' is empty or has a line end in it: give each glob on its own.");
        }
    }
}
