using VzDump.Engine.Guests;
using VzDump.Engine.Guests.Trials;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.History;

/// <summary>How one restore test ended.</summary>
/// <param name="Run">The run that tested it.</param>
/// <param name="Evidence">What was seen; null when nothing was restored.</param>
/// <param name="Problem">Why the guest did not come back; null when it did.</param>
public sealed record RestoreProof(Guid Run, DateTimeOffset At, string ArchivePath, TrialEvidence? Evidence, string? Problem)
{
    public bool IsProven => Problem is null;
}

/// <summary>What is known of a guest from its restore tests.</summary>
/// <param name="Last">The last one, however it ended.</param>
/// <param name="LastProven">The last one in which the guest came back; null when there was none.</param>
public sealed record GuestProof(RestoreProof Last, RestoreProof? LastProven);

/// <summary>What is known about guests from the runs that restored them for a test.</summary>
public sealed class RestoreProofs
{
    private readonly RunStore _runs;

    internal RestoreProofs(RunStore runs) => _runs = runs;

    public async Task<IReadOnlyDictionary<GuestId, GuestProof>> ListAsync(CancellationToken cancellation)
    {
        var proofs = new Dictionary<GuestId, GuestProof>();
        foreach (var run in await _runs.ListTriedAsync(cancellation))
        {
            if (run is { Work: RunWork.Trial trial, FinishedAt: { } at, Job.Selection: GuestSelection.Ids { Guests: [var guest] } })
            {
                var problem = run.State is RunState.Succeeded ? null : run.Tasks.Select(task => task.Error).FirstOrDefault(error => error is not null) ?? run.Error ?? "It could not be tested.";
                var proof = new RestoreProof(run.Id, at, trial.Request.ArchivePath, trial.Evidence, problem);
                proofs[guest] = new GuestProof(proof, proof.IsProven ? proof : proofs.GetValueOrDefault(guest)?.LastProven);
            }
        }

        return proofs;
    }
}
