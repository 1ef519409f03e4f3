using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;

namespace VzDump.Jobs.Runs;

/// <summary>What a run that restores does when its turn comes: in the product <see cref="RestoreEngine"/>'s. A failure is in the result; a cancellation is thrown after the clean-up.</summary>
public delegate Task<RunResult> RunRestore(RestoreRequest request, IProgress<BackupEvent> events, CancellationToken cancellation);

/// <summary>What a run that checks an archive does when its turn comes: in the product <see cref="ArchiveCheck"/>'s.</summary>
/// <param name="guest">Whose archive it is.</param>
public delegate Task<RunResult> RunVerify(string archivePath, GuestId guest, IProgress<BackupEvent> events, CancellationToken cancellation);

/// <summary>Calls the engine for whatever a run is to do.</summary>
internal sealed class RunEngines(RunBackup backup, RunRestore restore, RunVerify verify)
{
    public Task<RunResult> RunAsync(Run run, IProgress<BackupEvent> events, CancellationToken cancellation) => run.Work switch
    {
        RunWork.Restore work => restore(work.Request, events, cancellation),
        RunWork.Verify work => verify(work.ArchivePath, run.Subject, events, cancellation),
        _ => backup(run.Job, events, cancellation),
    };
}
