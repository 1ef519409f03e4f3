namespace VzDump.Jobs.Store;

/// <summary>Who did what, as the database keeps it.</summary>
internal sealed class AuditRow
{
    public long Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Who { get; init; }

    public required string What { get; init; }

    public required string Subject { get; init; }

    public string? Details { get; init; }
}
