using VzDump.Engine.Archives;
using VzDump.Engine.Host;

namespace VzDump.Engine.Retention;

/// <summary>Carries out a plan. It decides nothing.</summary>
public static class Pruner
{
    // Where freed space is told to the disk, or the folder is on a network, a removal is a wait and hardly work: several wait at once.
    private const int AtOnce = 16;
    private const int Portion = 16 * AtOnce;

    /// <summary>Removes what the plan says, the oldest first; a failure is told and the others go on.</summary>
    /// <param name="onRemoved">Told of each archive that is gone, in the plan's order.</param>
    /// <returns>A sentence for each archive that could not be removed.</returns>
    public static IReadOnlyList<string> Apply(PrunePlan plan, Action<Archive> onRemoved, CancellationToken cancellation)
    {
        var failures = new List<string>();
        foreach (var portion in plan.Removals.Chunk(Portion))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (archive, outcome) in portion.Zip(Remove(portion, cancellation)))
            {
                switch (outcome)
                {
                    case Outcome.Gone:
                        onRemoved(archive);
                        break;
                    case Outcome.Stays stays:
                        failures.Add($"The old backup '{archive.Name}' could not be removed: {stays.Reason}");
                        break;
                }
            }
        }

        // Gone is gone, also after a power cut.
        foreach (var folder in plan.Removals.Select(archive => Path.GetDirectoryName(archive.Path)!).Distinct(StringComparer.Ordinal))
        {
            AtomicFile.FlushFolder(folder);
        }

        return failures;
    }

    /// <returns>For each archive what became of it; null for one whose turn did not come.</returns>
    private static Outcome?[] Remove(Archive[] archives, CancellationToken cancellation)
    {
        var outcomes = new Outcome?[archives.Length];
        var next = -1;
        var others = Enumerable.Range(1, Math.Min(AtOnce, archives.Length) - 1).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Work();
        Task.WaitAll(others, CancellationToken.None);
        return outcomes;

        void Work()
        {
            while (!cancellation.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < archives.Length)
            {
                outcomes[index] = Remove(archives[index]);
            }
        }
    }

    private static Outcome Remove(Archive archive)
    {
        try
        {
            ArchiveRemoval.Remove(archive.Path);
            return new Outcome.Gone();
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            return new Outcome.Stays(error.Message);
        }
    }

    private abstract record Outcome
    {
        private Outcome()
        {
        }

        public sealed record Gone : Outcome;

        public sealed record Stays(string Reason) : Outcome;
    }
}
