using Microsoft.Extensions.Logging;
using VzDump.Engine.Backups;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Jobs.Live;

/// <summary>
/// Brings what a live run tells to the log file and the database, in its own time. Lines are flushed whenever no more wait, so that
/// readers see them within milliseconds. It never throws: a full disk costs the log, not the backup.
/// </summary>
internal sealed class RunRecorder(RunStore store, RunLogFiles logFiles, RunChanges changes, TimeProvider time, ILogger<RunRecorder> logger)
{
    /// <summary>Returns when the run is complete and all it told is in the file.</summary>
    public async Task RecordAsync(LiveRun live, Run run)
    {
        using var log = new RunLogWriter(logFiles, run);
        var logging = true;
        IReadOnlyList<RunTask> recorded = [];
        while (await live.Events.WaitToReadAsync())
        {
            logging = TryDrain(live, logging ? log : null, run.Id);
            changes.Progressed(run.Id);
            if (live.Now is { } now)
            {
                recorded = await TryRecordAsync(run.Id, recorded, now.Tasks);
            }
        }
    }

    private bool TryDrain(LiveRun live, RunLogWriter? log, Guid run)
    {
        try
        {
            while (live.Events.TryRead(out var told))
            {
                if (told is BackupEvent.Logged line)
                {
                    live.Written(line);
                    log?.Append(line);
                    Forward(line);
                }
            }

            if (live.TakeDropped() is > 0 and var dropped)
            {
                log?.Append(new BackupEvent.Logged(null, time.GetLocalNow(), LogLevel.Warn, $"{dropped} lines are missing here: the disk with the log was too slow."));
            }

            log?.Flush();
            return log is not null;
        }
        catch (Exception error)
        {
            // The file may end in half a line now: nothing is written behind it.
            logger.LogLost(error, run);
            return false;
        }
    }

    // What a person should find in the program's own log too, next to what the program says of itself.
    private void Forward(BackupEvent.Logged line)
    {
        var guest = line.Guest?.Value ?? 0;
        switch (line.Level)
        {
            case LogLevel.Error:
                logger.RunSaidError(guest, line.Text);
                break;
            case LogLevel.Warn:
                logger.RunSaidWarning(guest, line.Text);
                break;
            default:
                logger.RunSaid(guest, line.Text);
                break;
        }
    }

    private async Task<IReadOnlyList<RunTask>> TryRecordAsync(Guid run, IReadOnlyList<RunTask> recorded, IReadOnlyList<RunTask> tasks)
    {
        try
        {
            // Every change of a task that is recorded changes its state too.
            var changed = tasks.Index().Where(task => task.Index >= recorded.Count || task.Item.State != recorded[task.Index].State).ToList();
            if (changed.Count > 0 && recorded.Count == 0)
            {
                await store.AddTasksAsync(run, tasks, CancellationToken.None);
            }
            else if (changed.Count > 0)
            {
                await store.UpdateTasksAsync(run, changed, CancellationToken.None);
            }

            return tasks;
        }
        catch (Exception error)
        {
            // They are tried again with the next change, and all are written with the end of the run.
            logger.TasksNotRecorded(error, run);
            return recorded;
        }
    }
}
