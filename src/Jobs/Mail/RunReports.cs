using System.Runtime.CompilerServices;
using VzDump.Engine.Backups;
using VzDump.Engine.Notifications;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Mail;

/// <summary>Makes the report of a run from what was recorded of it.</summary>
public sealed class RunReports
{
    private const int LinesAtOnce = 256;
    private readonly RunLogFiles _logs;
    private readonly TimeProvider _time;

    internal RunReports(RunLogFiles logs, TimeProvider time)
    {
        _logs = logs;
        _time = time;
    }

    /// <param name="dashboard">Where people reach the dashboard; null when that is not known.</param>
    public RunReport Of(Run run, string hostName, Uri? dashboard) => new()
    {
        HostName = hostName,
        Work = run.Work switch { RunWork.Verify => "check", RunWork.Trial => "restore test", _ => "backup" },
        CommandLine = run.Work switch
        {
            RunWork.Verify check => $"check of the archive {check.ArchivePath}",
            RunWork.Trial trial => $"restore test of the archive {trial.Request.ArchivePath}",
            _ => BackupCommandLine.Of(run.Job),
        },
        Took = run.FinishedAt - run.StartedAt ?? TimeSpan.Zero,
        Problems = ProblemsOf(run),
        Tasks = [.. run.Tasks.Select(Told)],
        Log = cancellation => LinesAsync(_logs.PathOf(run), cancellation),
        Zone = _time.LocalTimeZone,
        LogPlace = dashboard is null ? "in the dashboard" : $"at {new Uri(dashboard, $"runs/{run.Id:D}")}",
    };

    // That guests failed is said guest by guest; it is no problem of the run itself.
    private static string[] ProblemsOf(Run run) => run.State switch
    {
        RunState.Cancelled => [$"stopped by {run.CancelledBy}"],
        RunState.Succeeded => [],
        _ => run.Error is { } error && error != RunResult.JobErrors ? [error] : [],
    };

    private static ReportedTask Told(RunTask task) => new(
        task.Guest,
        task.Name,
        task.State switch
        {
            RunTaskState.Done => ReportedStatus.Ok,
            RunTaskState.Failed => ReportedStatus.Err,
            _ => task.StartedAt is null ? ReportedStatus.Todo : ReportedStatus.Err,
        },
        task.FinishedAt - task.StartedAt ?? TimeSpan.Zero,
        task.ArchivePath,
        task.ArchiveSize,
        task.State is RunTaskState.Done ? null : task.Error ?? "aborted");

    private static async IAsyncEnumerable<BackupEvent.Logged> LinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new RunLogReader(path, afterLine: 0);
        while (await reader.ReadAsync(LinesAtOnce, cancellation) is { Count: > 0 } lines)
        {
            foreach (var line in lines)
            {
                yield return new BackupEvent.Logged(line.Guest, line.At, line.Level, line.Text);
            }
        }
    }
}
