using VzDump.Engine.Backups;

namespace VzDump.Engine.Notifications;

/// <summary>A report as HTML, in UTF-8. All that is not ours is escaped; there is no script, no picture and no link in it.</summary>
public static class HtmlReport
{
    private const string Red = "<span style=\"color:#b00020\">";

    /// <summary>Reads the logs twice, and holds no more of them in memory than a line.</summary>
    public static async Task WriteAsync(RunReport report, Stream output, CancellationToken cancellation)
    {
        var html = new FoldedOutput(output);
        await RawAsync("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
        await html.EscapedAsync(report.Subject, cancellation);
        await RawAsync("</title></head><body>\n");
        foreach (var problem in report.Problems.SelectMany(problem => problem.Split('\n')))
        {
            await RawAsync("<p>");
            await html.EscapedAsync(problem, cancellation);
            await RawAsync("</p>\n");
        }

        await TableAsync();
        await RawAsync($"<p>{ReportTable.LogsTitle}</p>\n<pre>\n");
        await html.EscapedAsync(report.CommandLine, cancellation);
        await RawAsync("\n\n");

        var logs = await ReportLogs.MeasureAsync(report, cancellation);
        var (any, last) = (false, (Guests.GuestId?)null);
        await foreach (var line in logs.LinesAsync(cancellation))
        {
            if (any && line.Guest != last)
            {
                await html.LineAsync(cancellation);
            }

            var bad = line.Level is not LogLevel.Info;
            await RawAsync(bad ? Red : "");
            await html.EscapedAsync((line.Before + line.Text).TrimEnd(), cancellation);
            await RawAsync(bad ? "</span>\n" : "\n");
            (any, last) = (true, line.Guest);
        }

        foreach (var sentence in ReportTable.LeftOut(report, logs))
        {
            await html.EscapedAsync(sentence, cancellation);
            await html.LineAsync(cancellation);
        }

        await RawAsync("</pre>\n</body></html>\n");
        await html.FlushAsync(cancellation);

        async ValueTask RawAsync(string markup)
        {
            foreach (var (index, part) in markup.Split('\n').Index())
            {
                if (index > 0)
                {
                    await html.LineAsync(cancellation);
                }

                await html.RawAsync(part, cancellation);
            }
        }

        async Task TableAsync()
        {
            await RawAsync("<table border=\"1\" cellpadding=\"3\" style=\"border-collapse:collapse\">\n<tr>");
            foreach (var column in ReportTable.Columns)
            {
                await RawAsync($"<th>{column}</th>");
            }

            await RawAsync("</tr>\n");
            foreach (var task in report.Tasks)
            {
                var ok = task.Status is ReportedStatus.Ok;
                await RawAsync($"<tr><td>{task.Guest}</td><td>");
                await html.EscapedAsync(task.Name, cancellation);
                await RawAsync($"</td><td>{(ok ? "" : Red)}{ReportTable.Status(task)}{(ok ? "" : "</span>")}</td><td>{ReportTable.Time(task)}</td><td align=\"right\">{ReportTable.Size(task)}</td><td>");
                await html.EscapedAsync(ReportTable.File(task), cancellation);
                await RawAsync("</td></tr>\n");
            }

            await RawAsync($"<tr><td colspan=\"3\">TOTAL</td><td>{VzdumpFormat.Time(report.Took)}</td><td align=\"right\">{VzdumpFormat.Size(ReportTable.TotalBytes(report))}</td><td></td></tr>\n</table>\n");
        }
    }
}
