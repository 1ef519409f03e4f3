using System.Globalization;
using System.Text;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>The vzdump command that would do the same as a job, quoted for a shell.</summary>
public static class BackupCommandLine
{
    public static string Of(BackupJob job)
    {
        var text = new StringBuilder("vzdump");
        switch (job.Selection)
        {
            case GuestSelection.Ids ids:
                foreach (var id in ids.Guests.Distinct().Order())
                {
                    text.Append(' ').Append(id);
                }

                break;
            case GuestSelection.All all:
                Option("all", "1");
                Option("exclude", all.Except.Count > 0 ? string.Join(',', all.Except.Order()) : null);
                break;
        }

        var settings = job.Settings;
        Option("mode", settings.Mode?.VzdumpName);
        Option("storage", settings.Storage);
        Option("dumpdir", settings.DumpFolder);
        Option("tmpdir", settings.TemporaryFolder);
        Option("compress", settings.Compress?.VzdumpName);
        Option("zstd", Number(settings.ZstdThreads));
        Option("pigz", Number(settings.GzipThreads));
        Option("bwlimit", Number(settings.BandwidthLimitKiB));
        Option("ionice", Number(settings.IoNice));
        Option("lockwait", Number(settings.LockWaitMinutes));
        Option("stopwait", Number(settings.StopWaitMinutes));
        Option("stdexcludes", Flag(settings.StandardExcludes));
        foreach (var glob in settings.ExcludePaths ?? [])
        {
            Option("exclude-path", glob);
        }

        Option("script", settings.Script);
        Option("notes-template", settings.NotesTemplate);
        Option("prune-backups", settings.Prune?.ToString());
        Option("remove", Flag(settings.Remove));
        Option("protected", Flag(settings.Protected));
        Option("mailto", settings.MailTo is { Count: > 0 } recipients ? string.Join(',', recipients) : null);
        Option("mailnotification", settings.MailNotification switch
        {
            MailNotification.Always => "always",
            MailNotification.Failure => "failure",
            _ => null,
        });
        return text.ToString();

        void Option(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                text.Append(" --").Append(name).Append(' ').Append(Quote(value));
            }
        }
    }

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string? Flag(bool? value) => value switch { true => "1", false => "0", null => null };

    private static string Quote(string value) => value.All(letter => char.IsAsciiLetterOrDigit(letter) || "_-+=:,./@%".Contains(letter, StringComparison.Ordinal))
        ? value
        : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
