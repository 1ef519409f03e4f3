using VzDump.Engine.Backups;

namespace VzDump.Jobs.Runs;

/// <summary>The door to runs: start, cancel, look up.</summary>
public sealed class BackupRuns
{
    /// <summary>Records a run and queues it. It begins at once when no other run is working.</summary>
    public Task<Guid> StartAsync(BackupJob job, string startedBy, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Asks a queued or working run to stop. False when it is over already or unknown.</summary>
    public Task<bool> CancelAsync(Guid run, string cancelledBy, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>With the live progress of its tasks while it works; null when unknown.</summary>
    public Task<Run?> FindAsync(Guid run, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Run>> ListAsync(int skip, int take, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>How many runs there are in all.</summary>
    public Task<int> CountAsync(CancellationToken cancellation) => throw new NotSupportedException();
}
