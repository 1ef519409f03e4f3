using Microsoft.Extensions.Logging;

namespace VzDump.Jobs;

internal static partial class JobsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} begins, started by {StartedBy}")]
    public static partial void RunBegins(this ILogger logger, Guid run, string startedBy);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} ended: {State} ({Reason})")]
    public static partial void RunEnded(this ILogger logger, Guid run, string state, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run}: the backup engine threw an exception")]
    public static partial void EngineThrew(this ILogger logger, Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run}: its log cannot be written; its further lines are lost")]
    public static partial void LogLost(this ILogger logger, Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: the state of its tasks could not be recorded yet")]
    public static partial void TasksNotRecorded(this ILogger logger, Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: how it ended could not be recorded yet")]
    public static partial void EndNotRecorded(this ILogger logger, Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run}: Hangfire could not execute it")]
    public static partial void HangfireFailed(this ILogger logger, Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} was working when the program ended; it is marked as interrupted")]
    public static partial void RunFoundInterrupted(this ILogger logger, Guid run);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} waits and is queued again")]
    public static partial void RunQueuedAgain(this ILogger logger, Guid run);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run} is recorded as working, but nothing works on it; it is marked as interrupted")]
    public static partial void RunAbandoned(this ILogger logger, Guid run);

    [LoggerMessage(Level = LogLevel.Error, Message = "The schedule of job {Job} could not be looked at; that is tried again")]
    public static partial void ScheduleFailed(this ILogger logger, Exception error, Guid job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Name}, due at {Due}, did not begin: {Reason}")]
    public static partial void DueMissed(this ILogger logger, string name, DateTimeOffset due, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clock was set by {Leap}; schedules follow it")]
    public static partial void ClockLeapt(this ILogger logger, TimeSpan leap);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The time zone changed from {Before} to {Now}; schedules follow it")]
    public static partial void ZoneChanged(this ILogger logger, string before, string now);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Name} is taken over from {File}; the original there is off")]
    public static partial void TakenOver(this ILogger logger, string name, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Name} waits to take over from its original: {Reason}")]
    public static partial void TakeoverWaits(this ILogger logger, string name, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Name} is switched off: its original in {File} is on again")]
    public static partial void OriginalOnAgain(this ILogger logger, string name, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether the original '{Key}' of an imported job is off cannot be seen: {Reason}")]
    public static partial void OriginalUnreadable(this ILogger logger, string key, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The history was shortened: {Runs} runs, {Logs} logs of unknown runs, {Notes} entries of who did what")]
    public static partial void HistoryShortened(this ILogger logger, int runs, int logs, int notes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The history could not be shortened; that is tried again in half a day")]
    public static partial void HistoryNotShortened(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that claims the database was lost; it is made again")]
    public static partial void ClaimLost(this ILogger logger);

    [LoggerMessage(Level = LogLevel.Critical, Message = "This program ends: {Reason}")]
    public static partial void ClaimTaken(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Schedules could not be looked at; that is tried again")]
    public static partial void WatchFailed(this ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "How full the storages are could not be noted; that is tried again")]
    public static partial void UseNotNoted(this ILogger logger, Exception error);

    // The guest is 0 for what concerns the whole run.
    [LoggerMessage(Level = LogLevel.Debug, Message = "Guest {Guest}: {Text}")]
    public static partial void RunSaid(this ILogger logger, int guest, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Guest {Guest} warns: {Text}")]
    public static partial void RunSaidWarning(this ILogger logger, int guest, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Guest {Guest} failed: {Text}")]
    public static partial void RunSaidError(this ILogger logger, int guest, string text);
}
