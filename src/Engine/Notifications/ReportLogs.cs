using System.Globalization;
using System.Text;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Notifications;

/// <summary>Which logs of a run go into its mail. All of them together have at most a mebibyte; those of failed guests come first.</summary>
internal sealed class ReportLogs
{
    public const long Limit = 1024 * 1024;

    private readonly RunReport _report;
    private readonly HashSet<LogOwner> _told;

    private ReportLogs(RunReport report, HashSet<LogOwner> told, IReadOnlyList<(GuestId Guest, long? Bytes)> leftOut)
    {
        _report = report;
        _told = told;
        LeftOut = leftOut;
    }

    /// <summary>Guests whose log is not in the mail: with its size when it is too long, with null when there is none.</summary>
    public IReadOnlyList<(GuestId Guest, long? Bytes)> LeftOut { get; }

    /// <summary>Size of the run's own lines, when they are too long.</summary>
    public long? OwnLeftOut { get; private init; }

    /// <summary>Reads the logs once, for their sizes; nothing of them is kept.</summary>
    public static async Task<ReportLogs> MeasureAsync(RunReport report, CancellationToken cancellation)
    {
        var sizes = new Dictionary<LogOwner, long>();
        await foreach (var line in report.Log(cancellation))
        {
            var owner = new LogOwner(line.Guest);
            sizes[owner] = sizes.GetValueOrDefault(owner) + Text(line, report.Zone).Length + Encoding.UTF8.GetByteCount(line.Text) + 1;
        }

        var told = new HashSet<LogOwner>();
        var left = Limit;
        var order = report.Tasks.OrderBy(task => task.Status is ReportedStatus.Ok).Select(task => new LogOwner(task.Guest)).Prepend(new LogOwner(null)).Concat(sizes.Keys);
        foreach (var owner in order.Distinct())
        {
            if (sizes.TryGetValue(owner, out var size) && size <= left)
            {
                left -= size;
                told.Add(owner);
            }
        }

        var leftOut = report.Tasks.Select(task => task.Guest).Distinct().Where(guest => !told.Contains(new LogOwner(guest)))
            .Select(guest => (guest, sizes.TryGetValue(new LogOwner(guest), out var size) ? size : (long?)null));
        return new ReportLogs(report, told, [.. leftOut])
        {
            OwnLeftOut = sizes.TryGetValue(new LogOwner(null), out var own) && !told.Contains(new LogOwner(null)) ? own : null,
        };
    }

    /// <summary>The lines that are told, each after what stands before it: its guest, its time and its level.</summary>
    public async IAsyncEnumerable<(GuestId? Guest, LogLevel Level, string Before, string Text)> LinesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var line in _report.Log(cancellation))
        {
            if (_told.Contains(new LogOwner(line.Guest)))
            {
                yield return (line.Guest, line.Level, Text(line, _report.Zone), line.Text);
            }
        }
    }

    // e.g. 101: Nov 22 03:00:01 INFO:
    private static string Text(BackupEvent.Logged line, TimeZoneInfo zone) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(line.Guest is { } guest ? $"{guest}: " : "")}{TimeZoneInfo.ConvertTime(line.At, zone):MMM dd HH:mm:ss} {line.Level.VzdumpName}: ");

    // A key that may stand for the run itself.
    private readonly record struct LogOwner(GuestId? Guest);
}
