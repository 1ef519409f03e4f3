using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Jobs.Runs;

namespace VzDump.Jobs.Store;

/// <summary>A guest within a run as the database keeps it: without its progress, which is live only.</summary>
internal sealed class RunTaskRow
{
    public required Guid RunId { get; init; }

    /// <summary>0 for the first guest of the run.</summary>
    public required int Position { get; init; }

    public required int Guest { get; init; }

    public GuestKind? Kind { get; init; }

    public required string Name { get; init; }

    public RunTaskState State { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public string? ArchivePath { get; init; }

    public long? ArchiveSize { get; init; }

    public string? Error { get; init; }

    public static RunTaskRow From(Guid run, int position, RunTask task) => new()
    {
        RunId = run,
        Position = position,
        Guest = task.Guest.Value,
        Kind = task.Kind,
        Name = task.Name,
        State = task.State,
        StartedAt = task.StartedAt,
        FinishedAt = task.FinishedAt,
        ArchivePath = task.ArchivePath,
        ArchiveSize = task.ArchiveSize,
        Error = task.Error,
    };

    public RunTask ToTask() => new()
    {
        Guest = GuestId.Parse(Guest.ToString(CultureInfo.InvariantCulture)),
        Kind = Kind,
        Name = Name,
        State = State,
        StartedAt = StartedAt,
        FinishedAt = FinishedAt,
        ArchivePath = ArchivePath,
        ArchiveSize = ArchiveSize,
        Error = Error,
    };
}
