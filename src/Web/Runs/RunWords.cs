using System.Globalization;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;
using VzDump.Web.Shell;

namespace VzDump.Web.Runs;

/// <summary>Runs and their tasks in words and tones.</summary>
public static class RunWords
{
    extension(RunState state)
    {
        public string Word => state switch
        {
            RunState.Queued => "waiting",
            RunState.Running => "running",
            RunState.Succeeded => "succeeded",
            RunState.Failed => "failed",
            RunState.Cancelled => "stopped",
            RunState.Missed => "missed",
            _ => "interrupted",
        };

        public string Tone => state switch
        {
            RunState.Queued => "quiet",
            RunState.Running => "busy",
            RunState.Succeeded => "good",
            RunState.Cancelled => "warn",
            _ => "bad",
        };
    }

    extension(RunTaskState state)
    {
        public string Word => state switch
        {
            RunTaskState.Todo => "waiting",
            RunTaskState.Running => "running",
            RunTaskState.Done => "done",
            RunTaskState.Failed => "failed",
            _ => "stopped",
        };

        public string Tone => state switch
        {
            RunTaskState.Todo => "quiet",
            RunTaskState.Running => "busy",
            RunTaskState.Done => "good",
            RunTaskState.Failed => "bad",
            _ => "warn",
        };
    }

    extension(Run run)
    {
        /// <summary>Such as <c>101 web, 102 mail and 3 more</c>.</summary>
        public string GuestsText
        {
            get
            {
                const int Shown = 3;
                string[] all = run.Tasks.Count > 0 ? [.. run.Tasks.Select(task => $"{task.Guest} {task.Name}".TrimEnd())] : [.. Asked(run.Job.Selection)];
                return all.Length <= Shown ? string.Join(", ", all) : $"{string.Join(", ", all[..Shown])} and {all.Length - Shown} more";
            }
        }

        /// <summary>What it is, in a few words.</summary>
        public string Title => run.Work switch
        {
            RunWork.Restore restore => $"Restore of {(restore.Request.Replace ? "" : "a new ")}guest {(run.Tasks is [{ Name.Length: > 0 }] ? run.GuestsText : restore.Request.Target)}",
            RunWork.PutBack putBack => $"Files of {Path.GetFileName(putBack.Request.ArchivePath)} to guest {(run.Tasks is [{ Name.Length: > 0 }] ? run.GuestsText : putBack.Request.Target)}",
            RunWork.Verify verify => $"Check of {Path.GetFileName(verify.ArchivePath)}",
            RunWork.Trial trial => $"Restore test of {Path.GetFileName(trial.Request.ArchivePath)}",
            _ => run.SavedJobName is { } job ? $"{job}: {run.GuestsText}" : $"Backup of {(run.GuestsText is { Length: > 0 } guests ? guests : "no guests")}",
        };

        /// <summary>What it does, in a word.</summary>
        public string Kind => run.Work switch { RunWork.Restore => "Restore", RunWork.PutBack => "Files", RunWork.Verify => "Check", RunWork.Trial => "Restore test", _ => "Backup" };

        /// <summary>Why it is no success, in a sentence; null when it is one, still works, or was stopped on purpose.</summary>
        public string? Complaint => run.State switch
        {
            // The engine's own word for this, "job errors", is for logs.
            RunState.Failed when run.IsBackup && run.Tasks.Count(task => task.State is not RunTaskState.Done) is var without and > 0 =>
                $"{without} of {Words.Count(run.Tasks.Count, "guest")} {(without == 1 ? "has" : "have")} no archive.",
            RunState.Failed or RunState.Interrupted or RunState.Missed => run.Error,
            _ => null,
        };

        /// <summary>Of all its archives, in bytes.</summary>
        public long Size => !run.IsBackup ? 0 : run.Tasks.Sum(task => task.ArchiveSize ?? 0);

        /// <summary>Null before it started.</summary>
        public TimeSpan? Took(DateTimeOffset now) => run.StartedAt is { } start ? (run.FinishedAt ?? now) - start : null;
    }

    extension(BackupProgress progress)
    {
        /// <summary>Such as <c>1.25 GiB of 8.00 GiB</c>.</summary>
        public string BytesText => progress.TotalBytes is { } total ? $"{Words.Size(progress.DoneBytes)} of {Words.Size(total)}" : $"{Words.Size(progress.DoneBytes)} read";

        /// <summary>Such as <c>1200 of 4096 files</c>; null for a machine.</summary>
        public string? FilesText => progress.DoneFiles is { } files
            ? $"{(progress.TotalFiles is { } all ? string.Create(CultureInfo.InvariantCulture, $"{files} of {all}") : files.ToString(CultureInfo.InvariantCulture))} files"
            : null;

        public string SpeedText => $"{(progress.BytesPerSecond / (1024 * 1024)).ToString("0.0", CultureInfo.InvariantCulture)} MiB/s";
    }

    /// <summary>What a selection means, in a few words each.</summary>
    public static IEnumerable<string> Asked(GuestSelection selection) => selection switch
    {
        GuestSelection.Ids ids => ids.Guests.Select(guest => guest.ToString()),
        GuestSelection.All { Except.Count: 0 } => ["all guests"],
        GuestSelection.All all => [$"all guests but {string.Join(", ", all.Except)}"],
        GuestSelection.Pool { Except.Count: 0 } pool => [$"the guests of the pool '{pool.Name}'"],
        GuestSelection.Pool pool => [$"the guests of the pool '{pool.Name}' but {string.Join(", ", pool.Except)}"],
        _ => [],
    };
}
