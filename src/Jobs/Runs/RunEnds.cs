using VzDump.Engine.Backups;

namespace VzDump.Jobs.Runs;

/// <summary>How runs and their tasks come to an end.</summary>
internal static class RunEnds
{
    extension(RunTask task)
    {
        public bool IsFinished => task.State is not (RunTaskState.Todo or RunTaskState.Running);

        public RunTask Finished(TaskOutcome outcome, DateTimeOffset at) => outcome switch
        {
            TaskOutcome.Done done => task with
            {
                State = RunTaskState.Done,
                FinishedAt = at,
                ArchivePath = done.ArchivePath,
                ArchiveSize = done.SizeBytes,
            },
            TaskOutcome.Failed failed => task with { State = RunTaskState.Failed, FinishedAt = at, Error = failed.Reason },

            // One whose turn never came has no times.
            _ => task with { State = RunTaskState.Cancelled, FinishedAt = task.StartedAt is null ? null : at },
        };
    }

    extension(Run run)
    {
        /// <summary>
        /// The run as it is over, with no task left open. One whose turn did not come counts as cancelled. One that was being worked on, and
        /// of which the engine said nothing more, counts as cancelled with a cancelled run; else as failed, for the reason of the run.
        /// </summary>
        public Run Ended(RunState state, string? error, DateTimeOffset at) => run with
        {
            State = state,
            Error = error,
            FinishedAt = at,
            Tasks =
            [
                .. run.Tasks.Select(task => task switch
                {
                    { IsFinished: true } => task,
                    { State: RunTaskState.Running } when state is not RunState.Cancelled =>
                        task with { State = RunTaskState.Failed, FinishedAt = at, Error = error },
                    _ => task.Finished(new TaskOutcome.Cancelled(TimeSpan.Zero), at),
                }),
            ],
        };

        /// <summary>The record of due times that were not kept; the last of them stands for all.</summary>
        public Run MissedFor(DateTimeOffset due, int count, string reason) => run with
        {
            State = RunState.Missed,
            Trigger = new RunTrigger.CatchUp(due, count),
            Error = reason,
            FinishedAt = run.CreatedAt,
        };

        /// <summary>With the outcomes of the result for those tasks of which no event told the end, and with what was seen of a guest that was tried.</summary>
        public Run With(RunResult result, DateTimeOffset at) => run with
        {
            Work = run.Work is RunWork.Trial trial && result.Tasks is [{ Evidence: { } seen }] ? trial with { Evidence = seen } : run.Work,
            Tasks =
            [
                .. run.Tasks.Select(task =>
                    !task.IsFinished && result.Tasks.FirstOrDefault(other => other.Guest == task.Guest) is { } told ? task.Finished(told.Outcome, at) : task),
            ],
        };
    }
}
