using System.Globalization;
using VzDump.Engine.Backups;

namespace VzDump.Engine.Notifications;

/// <summary>A report as plain text, in UTF-8.</summary>
public static class TextReport
{
    private const int WidestName = 32;

    /// <summary>Reads the logs twice, and holds no more of them in memory than a line.</summary>
    public static async Task WriteAsync(RunReport report, Stream output, CancellationToken cancellation)
    {
        var text = new FoldedOutput(output);
        foreach (var problem in report.Problems.SelectMany(problem => problem.Split('\n')))
        {
            await LineAsync(problem);
        }

        if (report.Problems.Count > 0)
        {
            await text.LineAsync(cancellation);
        }

        await TableAsync(report, LineAsync);
        await text.LineAsync(cancellation);
        await LineAsync(ReportTable.LogsTitle);
        await text.LineAsync(cancellation);
        await LineAsync(report.CommandLine);
        await text.LineAsync(cancellation);

        var logs = await ReportLogs.MeasureAsync(report, cancellation);
        var (any, last) = (false, (Guests.GuestId?)null);
        await foreach (var line in logs.LinesAsync(cancellation))
        {
            if (any && line.Guest != last)
            {
                await text.LineAsync(cancellation);
            }

            await LineAsync(line.Before + line.Text);
            (any, last) = (true, line.Guest);
        }

        foreach (var sentence in ReportTable.LeftOut(report, logs))
        {
            await LineAsync(sentence);
        }

        await text.FlushAsync(cancellation);

        async ValueTask LineAsync(string line)
        {
            await text.TextAsync(line.TrimEnd(), cancellation);
            await text.LineAsync(cancellation);
        }
    }

    // VMID       NAME       STATUS       TIME       SIZE FILENAME
    // 101        web        ok       00:01:07     1.50GB /dump/vzdump-lxc-101-2026_11_22-03_00_00.tar.zst
    // TOTAL                          00:01:07     1.50GB
    private static async Task TableAsync(RunReport report, Func<string, ValueTask> line)
    {
        var names = report.Tasks.Select(task => PlainText.OneLine(task.Name, WidestName)).ToList();
        var width = names.Select(name => name.Length).Append(ReportTable.Columns[1].Length).Max();
        await line(Row(ReportTable.Columns[0], ReportTable.Columns[1], ReportTable.Columns[2], ReportTable.Columns[3], ReportTable.Columns[4], ReportTable.Columns[5]));
        foreach (var (index, task) in report.Tasks.Index())
        {
            await line(Row(task.Guest.ToString(), names[index], ReportTable.Status(task), ReportTable.Time(task), ReportTable.Size(task), ReportTable.File(task)));
        }

        await line(Row("TOTAL", "", "", VzdumpFormat.Time(report.Took), VzdumpFormat.Size(ReportTable.TotalBytes(report)), ""));

        string Row(string guest, string name, string status, string time, string size, string file) =>
            string.Create(CultureInfo.InvariantCulture, $"{guest,-10} {name.PadRight(width)} {status,-6} {time,10} {size,10} {file}");
    }
}
