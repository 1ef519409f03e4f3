using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;

namespace VzDump.Engine.Backups;

/// <summary>vzdump's options as one source gives them (a job, a call or vzdump.conf); null where it says nothing.</summary>
public sealed record BackupSettings
{
    /// <summary>In characters.</summary>
    public const int LongestNotesTemplate = 1024;

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

    /// <summary>vzdump's <c>mailto</c>: addresses or users of this host; empty for nobody.</summary>
    public IReadOnlyList<string>? MailTo { get; init; }

    public MailNotification? MailNotification { get; init; }
}
