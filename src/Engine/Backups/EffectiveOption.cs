using VzDump.Engine.Retention;

namespace VzDump.Engine.Backups;

/// <summary>Whose word on an option counts, in their order.</summary>
public enum OptionOrigin
{
    Job,

    /// <summary>The storage's own definition; only for <c>prune-backups</c>.</summary>
    Storage,

    VzdumpConf,

    BuiltIn,
}

/// <summary>A value as it holds, and where it comes from. What is joined from several sources (globs, keys of performance) stands there once for each part.</summary>
/// <param name="Name">vzdump's name of the option.</param>
/// <param name="Text">As vzdump writes it.</param>
public sealed record EffectiveOption(string Name, string Text, OptionOrigin Origin)
{
    /// <summary>vzdump's own globs, which <c>stdexcludes</c> adds.</summary>
    internal static IReadOnlyList<string> StandardGlobs { get; } = ["/tmp/?*", "/var/tmp/?*", "/var/run/?*.pid"];

    /// <summary>All options that hold a value, in the order of the table.</summary>
    public static IReadOnlyList<EffectiveOption> Of(BackupSettings job, BackupSettings conf, KeepPolicy? storage) =>
        [.. VzdumpOptions.OfSettings.SelectMany(option => Of(option, job, conf, storage))];

    private static IEnumerable<EffectiveOption> Of(BackupOption option, BackupSettings job, BackupSettings conf, KeepPolicy? storage)
    {
        // Who names a folder does not want the other's storage: the two fall back as a pair.
        var place = job.Storage is not null || job.DumpFolder is not null ? job : conf;
        return option.Name switch
        {
            "storage" or "dumpdir" when option.Texts(place) is { Count: > 0 } texts => [new(option.Name, texts[0], place == job ? OptionOrigin.Job : OptionOrigin.VzdumpConf)],
            "storage" or "dumpdir" when place.Storage is not null || place.DumpFolder is not null => [],
            "prune-backups" when job.Prune is null && storage is not null => [new(option.Name, storage.ToString(), OptionOrigin.Storage)],
            "exclude-path" => Globs(option, job, conf),
            "performance" => Keys(job.Performance, conf.Performance),
            _ => First(option, job, conf),
        };
    }

    private static IEnumerable<EffectiveOption> First(BackupOption option, BackupSettings job, BackupSettings conf) =>
        option.Texts(job) is [var byJob, ..] ? [new(option.Name, byJob, OptionOrigin.Job)]
        : option.Texts(conf) is [var byConf, ..] ? [new(option.Name, byConf, OptionOrigin.VzdumpConf)]
        : option.BuiltIn is { } text ? [new(option.Name, text, OptionOrigin.BuiltIn)]
        : [];

    private static IEnumerable<EffectiveOption> Globs(BackupOption option, BackupSettings job, BackupSettings conf) =>
    [
        .. option.Texts(conf).Select(glob => new EffectiveOption(option.Name, glob, OptionOrigin.VzdumpConf)),
        .. option.Texts(job).Select(glob => new EffectiveOption(option.Name, glob, OptionOrigin.Job)),
        .. job.StandardExcludes ?? conf.StandardExcludes ?? true ? StandardGlobs.Select(glob => new EffectiveOption(option.Name, glob, OptionOrigin.BuiltIn)) : [],
    ];

    private static IEnumerable<EffectiveOption> Keys(PerformanceSettings? job, PerformanceSettings? conf) =>
    [
        job?.MaxWorkers is { } byJob ? Workers(byJob, OptionOrigin.Job)
            : conf?.MaxWorkers is { } byConf ? Workers(byConf, OptionOrigin.VzdumpConf)
            : Workers(PerformanceSettings.DefaultWorkers, OptionOrigin.BuiltIn),
        .. job?.PbsEntriesMax is { } ours ? [Entries(ours, OptionOrigin.Job)]
            : conf?.PbsEntriesMax is { } theirs ? (EffectiveOption[])[Entries(theirs, OptionOrigin.VzdumpConf)]
            : [],
    ];

    private static EffectiveOption Workers(int count, OptionOrigin origin) => new("performance", new PerformanceSettings(MaxWorkers: count).ToString(), origin);

    private static EffectiveOption Entries(long count, OptionOrigin origin) => new("performance", new PerformanceSettings(PbsEntriesMax: count).ToString(), origin);
}
