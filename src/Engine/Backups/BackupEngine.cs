namespace VzDump.Engine.Backups;

/// <summary>Runs backups on this node. The engine's door.</summary>
public sealed class BackupEngine
{
    /// <summary>Backs up each guest of the job in turn. A guest's failure is a value in the result; only a cancellation is thrown, after the clean-up.</summary>
    public Task<RunResult> RunAsync(BackupJob job, IProgress<BackupEvent> events, CancellationToken cancellation) => throw new NotSupportedException();
}
