namespace VzDump.Jobs.Store;

/// <summary>A setting that is changed in the dashboard, as the database keeps it.</summary>
internal sealed class SettingRow
{
    public required string Key { get; init; }

    /// <summary>As JSON.</summary>
    public required string Value { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    public required string ChangedBy { get; init; }
}
