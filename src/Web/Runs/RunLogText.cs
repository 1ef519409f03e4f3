using System.Text;
using VzDump.Jobs.Runs;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Web.Runs;

/// <summary>A run's log as plain text, a line such as <c>2026-08-22 03:00:00 INFO: Starting Backup of VM 101 (lxc)</c>.</summary>
internal static class RunLogText
{
    public static string Of(IReadOnlyList<RunLogLine> lines, Viewer viewer)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.Append(viewer.Exact(line.At)).Append(' ').Append(Word(line.Level)).Append(": ").Append(line.Text).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>All of it as a download; of a run that works, as far as it is.</summary>
    public static async Task WriteAsync(RunDesk runs, RightsBook book, Guid run, HttpContext context)
    {
        if (await runs.FindAsync(await book.OfAsync(context.User, context.RequestAborted), run, context.RequestAborted) is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var viewer = Viewer.From(context.Request.Cookies);
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"run-{run}.txt\"";
        await foreach (var lines in runs.LinesNowAsync(now => book.OfAsync(context.User, now), run, context.RequestAborted))
        {
            await context.Response.WriteAsync(Of(lines, viewer), context.RequestAborted);
        }
    }

    private static string Word(LogLevel level) => level switch { LogLevel.Error => "ERROR", LogLevel.Warn => "WARN", _ => "INFO" };
}
