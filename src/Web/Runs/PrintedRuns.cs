using VzDump.Engine.Configuration;
using VzDump.Engine.Notifications;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Runs;
using VzDump.Web.SignIn;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Web.Runs;

/// <summary>Gathers what a run's print shows: the same report as its mail, of what the rights of who asks allow.</summary>
public sealed class PrintedRuns(RunDesk runs, RunReports reports)
{
    /// <summary>A log of nothing but errors must not become a book.</summary>
    public const int MostLines = 500;

    /// <summary>Null when there is no such run for him.</summary>
    /// <param name="rights">Asked before each batch of the log.</param>
    public async Task<PrintedRun?> FindAsync(Func<CancellationToken, Task<Rights>> rights, Guid id, CancellationToken cancellation)
    {
        var now = await rights(cancellation);
        if (await runs.FindAsync(now, id, cancellation) is not { } run)
        {
            return null;
        }

        var (important, left) = (new List<RunLogLine>(), 0);
        await foreach (var lines in runs.LinesNowAsync(rights, id, 0, cancellation))
        {
            var loud = lines.Where(line => line.Level is not LogLevel.Info).ToList();
            var room = Math.Min(loud.Count, MostLines - important.Count);
            important.AddRange(loud.Take(room));
            left += loud.Count - room;
        }

        return new PrintedRun(run, reports.Of(run, NodePaths.NodeName, dashboard: null), important, left)
        {
            // Its options name folders, addresses and other guests.
            ShowsOptions = now.SeesWhole(run) && run.Work is not (RunWork.Restore or RunWork.PutBack),
        };
    }
}

/// <param name="Important">Warnings and errors of the log, the first <see cref="PrintedRuns.MostLines"/>.</param>
/// <param name="Left">How many of them are not told.</param>
public sealed record PrintedRun(Run Run, RunReport Told, IReadOnlyList<RunLogLine> Important, int Left)
{
    /// <summary>Whether he may see how it was asked for.</summary>
    public bool ShowsOptions { get; init; }
}
