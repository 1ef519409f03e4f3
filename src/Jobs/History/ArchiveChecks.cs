using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.History;

/// <summary>How the last check of an archive ended.</summary>
/// <param name="Run">The run that checked it.</param>
/// <param name="Problem">What is wrong with it, or why it could not be checked; null when it is sound.</param>
public sealed record CheckedArchive(Guid Run, DateTimeOffset At, string? Problem)
{
    public bool IsSound => Problem is null;
}

/// <summary>What is known about archives from the runs that checked them.</summary>
public sealed class ArchiveChecks
{
    private readonly RunStore _runs;

    internal ArchiveChecks(RunStore runs) => _runs = runs;

    /// <summary>By the full path of the archive; the last check of each.</summary>
    public async Task<IReadOnlyDictionary<string, CheckedArchive>> ListAsync(CancellationToken cancellation)
    {
        var checks = new Dictionary<string, CheckedArchive>(StringComparer.Ordinal);
        foreach (var run in await _runs.ListVerifiedAsync(cancellation))
        {
            if (run is { Work: RunWork.Verify verify, FinishedAt: { } at })
            {
                checks[verify.ArchivePath] = new CheckedArchive(
                    run.Id, at, run.State is RunState.Succeeded ? null : run.Tasks.Select(task => task.Error).FirstOrDefault(error => error is not null) ?? run.Error ?? "It could not be checked.");
            }
        }

        return checks;
    }
}
