using VzDump.Engine.Backups;

namespace VzDump.Engine.Notifications;

/// <summary>The words of a report that its text and its HTML share.</summary>
internal static class ReportTable
{
    public static readonly string[] Columns = ["VMID", "NAME", "STATUS", "TIME", "SIZE", "FILENAME"];

    public const string LogsTitle = "Detailed backup logs:";

    public static string Status(ReportedTask task) => task.Status switch
    {
        ReportedStatus.Ok => "ok",
        ReportedStatus.Err => "err",
        _ => "todo",
    };

    public static string Time(ReportedTask task) => VzdumpFormat.Time(task.Took);

    public static string Size(ReportedTask task) => task.ArchiveBytes is { } bytes ? VzdumpFormat.Size(bytes) : "-";

    /// <summary>The archive, or why there is none.</summary>
    public static string File(ReportedTask task) => task switch
    {
        { Error: { } error, ArchivePath: { } path } => $"{error} ({path})",
        { Error: { } error } => error,
        { ArchivePath: { } path } => path,
        _ => "-",
    };

    public static long TotalBytes(RunReport report) => report.Tasks.Sum(task => task.ArchiveBytes ?? 0);

    public static IEnumerable<string> LeftOut(RunReport report, ReportLogs logs)
    {
        if (logs.OwnLeftOut is { } own)
        {
            yield return $"The log of the run itself ({VzdumpFormat.Size(own)}) is too long for mail; it can be read {report.LogPlace}.";
        }

        foreach (var (guest, bytes) in logs.LeftOut)
        {
            yield return bytes is { } size
                ? $"{guest}: this log ({VzdumpFormat.Size(size)}) is too long for mail; it can be read {report.LogPlace}."
                : $"{guest}: no log available";
        }
    }
}
