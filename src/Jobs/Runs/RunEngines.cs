using VzDump.Engine.Backups;
using VzDump.Engine.Browsing.PutBack;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;

namespace VzDump.Jobs.Runs;

/// <summary>What a run that restores does when its turn comes: in the product <see cref="RestoreEngine"/>'s. A failure is in the result; a cancellation is thrown after the clean-up.</summary>
public delegate Task<RunResult> RunRestore(RestoreRequest request, IProgress<BackupEvent> events, CancellationToken cancellation);

/// <summary>What a run that checks an archive does when its turn comes: in the product <see cref="ArchiveCheck"/>'s.</summary>
/// <param name="guest">Whose archive it is.</param>
public delegate Task<RunResult> RunVerify(string archivePath, GuestId guest, IProgress<BackupEvent> events, CancellationToken cancellation);

/// <summary>What a run that tries an archive does when its turn comes: in the product <see cref="RestoreTrial"/>'s.</summary>
/// <param name="guest">Whose archive it is.</param>
public delegate Task<RunResult> RunTrial(TrialRequest request, GuestId guest, IProgress<BackupEvent> events, CancellationToken cancellation);

/// <summary>What a run that puts files back does when its turn comes: in the product <see cref="PutBackEngine"/>'s.</summary>
public delegate Task<RunResult> RunPutBack(PutBackRequest request, IProgress<BackupEvent> events, CancellationToken cancellation);

/// <summary>Calls the engine for whatever a run is to do, on behalf of who started it.</summary>
internal sealed class RunEngines(RunBackup backup, RunRestore restore, RunVerify verify, RunTrial trial, RunPutBack putBack, FindRunTerms findTerms)
{
    public async Task<RunResult> RunAsync(Run run, IProgress<BackupEvent> events, CancellationToken cancellation)
    {
        var terms = await findTerms(run, cancellation);
        if (!run.IsBackup && !terms.MayBackUp(SubjectOf(run)))
        {
            return new RunResult([], $"You may not work with the guest {SubjectOf(run)} any more. Ask an administrator for the right to.");
        }

        return run.Work switch
        {
            RunWork.Restore work => await restore(work.Request, events, cancellation),
            RunWork.PutBack work => await putBack(work.Request, events, cancellation),
            RunWork.Verify work => await verify(work.ArchivePath, SubjectOf(run), events, cancellation),
            RunWork.Trial work => await trial(work.Request, SubjectOf(run), events, cancellation),
            _ => await backup(run.Job, terms, events, cancellation),
        };
    }

    // The guest that is restored, or whose archive is checked or tried.
    private static GuestId SubjectOf(Run run) =>
        run.Job.Selection is GuestSelection.Ids { Guests: [var guest] } ? guest : throw new InvalidOperationException($"Run {run.Id} is about several guests.");
}
