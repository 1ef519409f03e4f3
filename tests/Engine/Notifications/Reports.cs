using System.Text;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Notifications;

namespace VzDump.Tests.Engine.Notifications;

internal static class Reports
{
    private static readonly DateTimeOffset At = new(2026, 11, 22, 2, 0, 1, TimeSpan.Zero);

    public static RunReport Of(IReadOnlyList<ReportedTask> tasks, params IReadOnlyList<BackupEvent.Logged> lines) => new()
    {
        HostName = "pve1.example.org",
        CommandLine = "vzdump 101 102 --mode stop",
        Took = TimeSpan.FromSeconds(78),
        Tasks = tasks,
        Log = _ => lines.ToAsyncEnumerable(),
        Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Vienna"),
    };

    public static ReportedTask Ok(int id = 101, string name = "web") =>
        new(Id(id), name, ReportedStatus.Ok, TimeSpan.FromSeconds(67), $"/dump/vzdump-lxc-{id}-2026_11_22-03_00_00.tar.zst", 1_610_612_736, null);

    public static ReportedTask Failed(int id = 102, string name = "mail", string error = "no space left") =>
        new(Id(id), name, ReportedStatus.Err, TimeSpan.FromSeconds(11), null, null, error);

    public static BackupEvent.Logged Line(int? guest, string text, LogLevel level = LogLevel.Info) => new(guest is { } id ? Id(id) : null, At, level, text);

    public static Task<string> TextAsync(RunReport report) => WrittenAsync(output => TextReport.WriteAsync(report, output, TestContext.Current.CancellationToken));

    public static Task<string> HtmlAsync(RunReport report) => WrittenAsync(output => HtmlReport.WriteAsync(report, output, TestContext.Current.CancellationToken));

    private static GuestId Id(int id) => GuestId.Parse(id.ToString());

    private static async Task<string> WrittenAsync(Func<Stream, Task> write)
    {
        using var output = new MemoryStream();
        await write(output);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.ToArray());
    }
}
