using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Engine.Notifications;

/// <summary>What is to be told of a run that is over.</summary>
public sealed record RunReport
{
    private const int LongestReason = 200;

    public required string HostName { get; init; }

    /// <summary>What was done, as a word: vzdump knows backups only.</summary>
    public string Work { get; init; } = "backup";

    /// <summary>The vzdump command that would have done the same; it heads the logs.</summary>
    public required string CommandLine { get; init; }

    public required TimeSpan Took { get; init; }

    /// <summary>Why the run as a whole failed; empty when it did not, or only because guests did.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    public IReadOnlyList<ReportedTask> Tasks { get; init; } = [];

    /// <summary>All lines of the run and its tasks, in their order, anew with each call. Must give the same lines each time.</summary>
    public required Func<CancellationToken, IAsyncEnumerable<BackupEvent.Logged>> Log { get; init; }

    /// <summary>Where a log that is too long for mail can be read, as the end of a sentence, e.g. <c>at https://backup.example.org/runs/…</c>.</summary>
    public string LogPlace { get; init; } = "in the dashboard";

    /// <summary>In which the times of the log are written.</summary>
    public required TimeZoneInfo Zone { get; init; }

    public bool Failed => Problems.Count > 0 || Tasks.Any(task => task.Status is not ReportedStatus.Ok);

    /// <summary>One line, without control characters.</summary>
    public string Subject => $"vzdump {Work} status ({PlainText.OneLine(HostName, LongestReason)}) : {Ending}";

    private string Ending => Problems switch
    {
        _ when !Failed => $"{Work} successful",
        [] => $"{Work} failed",
        [var one] when !one.AsSpan().Trim().ContainsAny('\r', '\n') => $"{Work} failed: {PlainText.OneLine(one, LongestReason)}",
        _ => $"{Work} failed: multiple problems",
    };
}

/// <summary>One guest in a report.</summary>
/// <param name="Took">Zero when its turn never came.</param>
/// <param name="ArchiveBytes">Null without a whole archive.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
public sealed record ReportedTask(GuestId Guest, string Name, ReportedStatus Status, TimeSpan Took, string? ArchivePath, long? ArchiveBytes, string? Error);

/// <summary>vzdump's three.</summary>
public enum ReportedStatus
{
    /// <summary>Its turn never came.</summary>
    Todo,
    Ok,
    Err,
}
