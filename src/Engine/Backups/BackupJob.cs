using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>A definition of what to back up and how. What it leaves null comes from vzdump.conf, else from vzdump's defaults.</summary>
public sealed record BackupJob
{
    public required GuestSelection Selection { get; init; }

    public BackupSettings Settings { get; init; } = new();
}
