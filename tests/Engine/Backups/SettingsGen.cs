using CsCheck;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;

namespace VzDump.Tests.Engine.Backups;

/// <summary>Jobs of every shape that is allowed, with texts that are awkward to quote.</summary>
internal static class SettingsGen
{
    private static readonly Gen<string> Piece = Gen.OneOf(
        Of("a", "Z9", "/", " ", "  ", "\t", "'", "''", "\"", "\\", "\\n", "$HOME", "$(id)", "`id`", ";", "&&", "|", "<", ">", "(", ")", "*", "?", "[a]", "#", "~", "!", "{a,b}", "{{vmid}}", "-", "--all", "=", ":", "é", "漢", "😀", "%", "^", "\u0001", "\u007f"),
        Gen.Char['!', '~'].Select(letter => letter.ToString()));

    /// <summary>A line of text without line ends; may be empty.</summary>
    public static Gen<string> Line { get; } = Piece.Array[0, 8].Select(string.Concat);

    private static readonly Gen<string> Name = Gen.Select(Gen.Char['a', 'z'], Gen.Char.AlphaNumeric.Array[0, 6]).Select((first, rest) => first + new string(rest));
    private static readonly Gen<string> Folder = Line.Select(text => "/" + text.TrimEnd('/') + "x");
    private static readonly Gen<GuestId> Guest = Gen.Int[GuestId.Lowest, GuestId.Highest].Select(number => GuestId.Parse($"{number}"));
    private static readonly Gen<IReadOnlyList<GuestId>> Guests = Guest.Array[0, 4].Select(ids => (IReadOnlyList<GuestId>)[.. ids.Distinct().Order()]);
    private static readonly Gen<bool?> Flag = Of<bool?>(true, false, null);
    private static readonly Gen<KeepPolicy> Keep = Gen.Int[0, 3].Array[6].Select(n => new KeepPolicy { Last = n[0], Hourly = n[1], Daily = n[2], Weekly = n[3], Monthly = n[4], Yearly = n[5] });
    private static readonly Gen<string> Mail = Gen.OneOf(Name, Gen.Select(Name, Name).Select((user, host) => $"{user}+x@{host}.example"));

    public static Gen<GuestSelection> Selection { get; } = Gen.OneOf(
        Guests.Where(ids => ids.Count > 0).Select(ids => (GuestSelection)new GuestSelection.Ids(ids)),
        Guests.Select(ids => (GuestSelection)new GuestSelection.All(ids)),
        Gen.Select(Name, Guests).Select((name, ids) => (GuestSelection)new GuestSelection.Pool($"{name}/{name}", ids)));

    public static Gen<BackupSettings> Settings { get; } =
        from mode in Of<BackupMode?>(null, BackupMode.Snapshot, BackupMode.Suspend, BackupMode.Stop)
        from place in Gen.OneOf(Name.Select(name => (Storage: (string?)name, Folder: (string?)null)), Folder.Select(folder => (Storage: (string?)null, Folder: (string?)folder)), Of<(string? Storage, string? Folder)>((null, null)))
        from texts in Gen.Select(OrNull(Folder), OrNull(Line), OrNull(Line), OrNull(Name))
        from compress in Of<CompressionKind?>(null, CompressionKind.None, CompressionKind.Lzo, CompressionKind.Gzip, CompressionKind.Zstd)
        from threads in Gen.Select(Count(1024), Count(1024), Count(8))
        from minutes in Gen.Select(Count(int.MaxValue), Count(int.MaxValue))
        from limit in Gen.OneOf(Of<long?>((long?)null), Gen.Long[0, long.MaxValue / 1024].Select(number => (long?)number))
        from flags in Flag.Array[6]
        from globs in Gen.OneOf(Of<IReadOnlyList<string>?>((IReadOnlyList<string>?)null), Line.Where(line => line.Length > 0).Array[1, 3].Select(lines => (IReadOnlyList<string>?)lines))
        from keep in Gen.OneOf(Of<KeepPolicy?>((KeepPolicy?)null), Keep.Select(policy => (KeepPolicy?)policy))
        from performance in Gen.OneOf(Of<PerformanceSettings?>((PerformanceSettings?)null), Gen.Select(Gen.Int[1, 256], Of<long?>(null, 5)).Select((workers, entries) => (PerformanceSettings?)new PerformanceSettings(workers, entries)))
        from fleecing in Gen.OneOf(Of<FleecingSettings?>((FleecingSettings?)null), Gen.Select(Gen.Bool, OrNull(Name)).Select((enabled, storage) => (FleecingSettings?)new FleecingSettings(enabled, storage)))
        from mail in Gen.OneOf(Of<IReadOnlyList<string>?>((IReadOnlyList<string>?)null), Mail.Array[0, 3].Select(to => (IReadOnlyList<string>?)to))
        from notify in Of<MailNotification?>(null, MailNotification.Always, MailNotification.Failure)
        select new BackupSettings
        {
            Mode = mode,
            Storage = place.Storage,
            DumpFolder = place.Folder,
            TemporaryFolder = texts.Item1,
            Script = texts.Item2,
            NotesTemplate = texts.Item3,
            Node = texts.Item4,
            Compress = compress,
            ZstdThreads = threads.Item1,
            GzipThreads = threads.Item2,
            IoNice = threads.Item3,
            LockWaitMinutes = minutes.Item1,
            StopWaitMinutes = minutes.Item2,
            BandwidthLimitKiB = limit,
            StandardExcludes = flags[0],
            StopRunning = flags[1],
            Protected = flags[2],
            Remove = flags[3],
            Quiet = flags[4],
            ExcludePaths = globs,
            Prune = keep,
            Performance = performance,
            Fleecing = fleecing,
            MailTo = mail,
            MailNotification = notify,
        };

    /// <summary>The same without what a line of vzdump.conf cannot hold: blanks at the ends of a value.</summary>
    public static Gen<BackupSettings> ForConf { get; } = Settings.Select(settings => settings with { Script = settings.Script?.Trim(), NotesTemplate = settings.NotesTemplate?.Trim() });

    /// <summary>The same without what a section file cannot hold: values that are empty, globs with blanks at their ends.</summary>
    public static Gen<BackupSettings> ForSection { get; } = ForConf.Select(settings => settings with
    {
        Script = settings.Script is { Length: > 0 } script ? script : null,
        NotesTemplate = settings.NotesTemplate is { Length: > 0 } notes ? notes : null,
        MailTo = settings.MailTo is { Count: > 0 } mail ? mail : null,
        ExcludePaths = settings.ExcludePaths?.Select(glob => $"/{glob.Trim()}").ToList(),
    });

    public static Gen<JobDefinition> Definition { get; } =
        from selection in Selection
        from settings in ForSection
        from schedule in Of(null, "daily", "mon..fri 21:00", "*/15")
        from flags in Gen.Select(Gen.Bool, Gen.Bool)
        from comment in Gen.OneOf(Line, Line.Select(text => $" {text}é:%41 "))
        select new JobDefinition { Id = "backup-1", Job = new BackupJob { Selection = selection, Settings = settings }, Schedule = schedule, Enabled = flags.Item1, RepeatMissed = flags.Item2, Comment = comment };

    public static Gen<BackupJob> Job { get; } = Gen.Select(Selection, Settings).Select((selection, settings) => new BackupJob { Selection = selection, Settings = settings });

    /// <summary>One of these.</summary>
    public static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<string?> OrNull(Gen<string> text) => Gen.OneOf(Of<string?>((string?)null), text.Select(value => (string?)value));

    private static Gen<int?> Count(int highest) => Gen.OneOf(Of<int?>((int?)null), Gen.Int[0, highest].Select(number => (int?)number));
}
