using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Web.Backups;
using VzDump.Web.Shell;

namespace VzDump.Web.OptionForms;

/// <summary>vzdump's options and their values as a person reads them.</summary>
public static class OptionWords
{
    extension(BackupOption option)
    {
        public string Title => option.Name switch
        {
            "storage" => "Storage",
            "mode" => "Mode",
            "compress" => "Compression",
            "prune-backups" => "Keep",
            "remove" => "Remove older archives",
            "notes-template" => "Notes",
            "protected" => "Protect each archive",
            "mailto" => "Mail to",
            "mailnotification" => "Send a mail",
            "bwlimit" => "Bandwidth limit (KiB/s)",
            "ionice" => "I/O priority",
            "zstd" => "Threads of zstd",
            "pigz" => "Threads of gzip",
            "performance" => "Disk readers (VMs)",
            "fleecing" => "Fleecing (VMs)",
            "lockwait" => "Wait for another backup (minutes)",
            "stopwait" => "Wait for a guest to stop (minutes)",
            "stop" => "Stop a running backup first",
            "exclude-path" => "Leave out (containers)",
            "stdexcludes" => "Leave out temporary files",
            "dumpdir" => "Folder instead of a storage",
            "tmpdir" => "Folder for temporary files",
            "script" => "Hook script",
            "node" => "Only on the node",
            "quiet" => "Quiet",
            "stdout" => "Archive to standard output",
            _ => option.Name,
        };

        /// <summary>A value as a person reads it.</summary>
        public string Say(string text) => (option.Name, text) switch
        {
            ("compress", _) when CompressionKindNames.Parse(text) is { } kind => kind.Title,
            ("mode", "snapshot") => BackupMode.Snapshot.Title,
            ("mode", "suspend") => BackupMode.Suspend.Title,
            ("mode", "stop") => BackupMode.Stop.Title,
            ("mailnotification", "failure") => "only when something failed",
            ("prune-backups", _) when KeepPolicy.TryParse(text) is { } keep => keep.InWords,
            ("performance", _) when PerformanceSettings.TryParse(text) is { MaxWorkers: { } workers } => $"{workers}",
            ("fleecing", "enabled=0") => "off",
            ("bwlimit", "0") => "no limit",
            ("ionice", "8") => "8, only when idle",
            ("zstd", "0") or ("pigz", "1") => $"{text}, half the cores",
            ("pigz", "0") => "0, one thread",
            (_, "") => "none",
            _ when option.Takes is OptionValue.Flag => text == "1" ? "yes" : "no",
            _ => text,
        };
    }

    extension(OptionOrigin origin)
    {
        public string Word => origin switch
        {
            OptionOrigin.Job => "this job",
            OptionOrigin.Storage => "the storage",
            OptionOrigin.VzdumpConf => "vzdump.conf",
            _ => "built-in",
        };
    }

    extension(KeepPolicy keep)
    {
        /// <summary>Such as <c>the last 3, 7 daily</c>.</summary>
        public string InWords => keep.KeepsAll ? "all archives" : string.Join(", ", ((int Count, string Word)[])
            [(keep.Last, "last"), (keep.Hourly, "hourly"), (keep.Daily, "daily"), (keep.Weekly, "weekly"), (keep.Monthly, "monthly"), (keep.Yearly, "yearly")]
            is var counts ? counts.Where(part => part.Count > 0).Select(part => part.Word == "last" ? $"the last {part.Count}" : $"{part.Count} {part.Word}") : []);
    }
}
