using VzDump.Engine.Backups;

namespace VzDump.Jobs.Runs;

/// <summary>
/// What a run does when its turn comes: in the product the engine's <see cref="BackupEngine.RunAsync"/>. Failures of guests are in the
/// result; a cancellation is thrown after the clean-up.
/// </summary>
public delegate Task<RunResult> RunBackup(BackupJob job, RunTerms terms, IProgress<BackupEvent> events, CancellationToken cancellation);

/// <summary>On whose behalf a run works. Asked when its turn comes, because rights may have been taken away since it was started.</summary>
public delegate Task<RunTerms> FindRunTerms(Run run, CancellationToken cancellation);
