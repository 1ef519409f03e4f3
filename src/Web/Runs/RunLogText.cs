using System.Text;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Web.Shell;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Web.Runs;

/// <summary>A run's log as plain text, a line such as <c>2026-08-22 03:00:00 INFO: Starting Backup of VM 101 (lxc)</c>.</summary>
internal static class RunLogText
{
    // The feed's first answer comes in batches of this size; a smaller one is the last of what there is.
    private const int Batch = 2000;

    public static string Of(IReadOnlyList<RunLogLine> lines, Viewer viewer)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.Append(viewer.Exact(line.At)).Append(' ').Append(Word(line.Level)).Append(": ").Append(line.Text).Append('\n');
        }

        return text.ToString();
    }

    public static async Task WriteAsync(RunFeed feed, Guid run, HttpContext context)
    {
        var viewer = Viewer.From(context.Request.Cookies);
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"run-{run}.txt\"";
        await foreach (var update in feed.WatchAsync(run, 0, context.RequestAborted))
        {
            await context.Response.WriteAsync(Of(update.NewLines, viewer), context.RequestAborted);
            if (update.NewLines.Count < Batch)
            {
                break;
            }
        }
    }

    private static string Word(LogLevel level) => level switch { LogLevel.Error => "ERROR", LogLevel.Warn => "WARN", _ => "INFO" };
}
