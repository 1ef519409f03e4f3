using System.Globalization;
using VzDump.Engine.Compression;
using VzDump.Engine.Configuration;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;

namespace VzDump.Engine.Backups;

/// <summary>The settings that vzdump.conf gives.</summary>
public sealed class BackupDefaults(NodePaths paths)
{
    /// <summary>Without the file, nothing is set.</summary>
    /// <exception cref="ProblemException">A value is not allowed; the message names file and line.</exception>
    public async Task<BackupSettings> ReadAsync(CancellationToken cancellation)
    {
        var path = paths.VzdumpConfig;
        var settings = new BackupSettings();
        if (File.Exists(path))
        {
            foreach (var (line, key, value) in VzdumpConf.Parse(await ConfigText.ReadAsync(path, cancellation)))
            {
                settings = Apply(settings, key, value) ?? throw new ProblemException($"{path}, line {line}: '{value}' is not allowed for '{key}'.");
            }
        }

        return settings;
    }

    // Null when the value is not allowed. Keys that are not ours are left alone: newer versions of vzdump have more.
    private static BackupSettings? Apply(BackupSettings settings, string key, string value) => key switch
    {
        "mode" => value switch
        {
            "snapshot" => settings with { Mode = BackupMode.Snapshot },
            "suspend" => settings with { Mode = BackupMode.Suspend },
            "stop" => settings with { Mode = BackupMode.Stop },
            _ => null,
        },
        "storage" => settings with { Storage = value },
        "dumpdir" => settings with { DumpFolder = value.TrimEnd('/') },
        "tmpdir" => settings with { TemporaryFolder = value.TrimEnd('/') },
        "script" => settings with { Script = value },
        "notes-template" => value.Length <= BackupSettings.LongestNotesTemplate ? settings with { NotesTemplate = value } : null,
        "exclude-path" => settings with { ExcludePaths = [.. settings.ExcludePaths ?? [], .. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)] },
        "compress" => CompressionKindNames.Parse(value) is { } kind ? settings with { Compress = kind } : null,
        "stdexcludes" => Flag(value) is { } flag ? settings with { StandardExcludes = flag } : null,
        "prune-backups" => KeepPolicy.TryParse(value) is { } keep ? settings with { Prune = keep } : null,
        "maxfiles" => settings.Prune is not null ? settings : Number(value, 0, int.MaxValue) is { } number ? settings with { Prune = KeepPolicy.FromMaxFiles((int)number) } : null,
        "remove" => Flag(value) is { } flag ? settings with { Remove = flag } : null,
        "mailto" => MailRecipients.TryParse(value) is { } recipients ? settings with { MailTo = recipients } : null,
        "mailnotification" => value switch
        {
            "always" => settings with { MailNotification = MailNotification.Always },
            "failure" => settings with { MailNotification = MailNotification.Failure },
            _ => null,
        },
        "protected" => Flag(value) is { } flag ? settings with { Protected = flag } : null,
        "zstd" => Number(value, 0, 1024) is { } number ? settings with { ZstdThreads = (int)number } : null,
        "pigz" => Number(value, 0, 1024) is { } number ? settings with { GzipThreads = (int)number } : null,
        "ionice" => Number(value, 0, 8) is { } number ? settings with { IoNice = (int)number } : null,
        "lockwait" => Number(value, 0, int.MaxValue) is { } number ? settings with { LockWaitMinutes = (int)number } : null,
        "stopwait" => Number(value, 0, int.MaxValue) is { } number ? settings with { StopWaitMinutes = (int)number } : null,
        "bwlimit" => Number(value, 0, long.MaxValue / 1024) is { } number ? settings with { BandwidthLimitKiB = number } : null,
        _ => settings,
    };

    private static bool? Flag(string value) => value switch
    {
        "1" or "yes" or "on" or "true" => true,
        "0" or "no" or "off" or "false" => false,
        _ => null,
    };

    private static long? Number(string value, long lowest, long highest) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest ? number : null;
}
