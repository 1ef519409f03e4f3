using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;

namespace VzDump.Web.Runs;

/// <summary>A run as the hub sends it: words and plain numbers, which stay the same when our own types change.</summary>
public sealed record RunMessage(
    Guid Id, string State, string StartedBy, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    string? Error, IReadOnlyList<TaskMessage> Tasks, IReadOnlyList<LineMessage> NewLines)
{
    public static RunMessage From(RunUpdate update) => new(
        update.Run.Id, Word(update.Run.State), update.Run.StartedBy, update.Run.CreatedAt, update.Run.StartedAt, update.Run.FinishedAt,
        update.Run.Error, [.. update.Run.Tasks.Select(TaskMessage.From)], [.. update.NewLines.Select(LineMessage.From)]);

    internal static string Word(Enum value) => value.ToString().ToLowerInvariant();
}

/// <summary>One guest of a run. Sizes in bytes; the progress is there while data flows.</summary>
public sealed record TaskMessage(
    int Guest, string Name, string State, long? DoneBytes, long? TotalBytes, double? BytesPerSecond, string? Archive, long? ArchiveSize, string? Error)
{
    public static TaskMessage From(RunTask task) => new(
        task.Guest.Value, task.Name, RunMessage.Word(task.State), task.Progress?.DoneBytes, task.Progress?.TotalBytes, task.Progress?.BytesPerSecond,
        task.ArchivePath is null ? null : Path.GetFileName(task.ArchivePath), task.ArchiveSize, task.Error);
}

/// <summary>A line of the log, numbered from 1 without gaps.</summary>
public sealed record LineMessage(long Number, DateTimeOffset At, string Level, int? Guest, string Text)
{
    public static LineMessage From(RunLogLine line) => new(line.Number, line.At, RunMessage.Word(line.Level), line.Guest?.Value, line.Text);
}
