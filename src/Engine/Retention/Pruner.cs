using VzDump.Engine.Archives;

namespace VzDump.Engine.Retention;

/// <summary>Carries out a plan. It decides nothing.</summary>
public static class Pruner
{
    /// <summary>Removes what the plan says, one by one; a failure is told and the others go on.</summary>
    /// <param name="onRemoved">Told of each archive that is gone.</param>
    /// <returns>A sentence for each archive that could not be removed.</returns>
    public static IReadOnlyList<string> Apply(PrunePlan plan, Action<Archive> onRemoved, CancellationToken cancellation)
    {
        var failures = new List<string>();
        foreach (var archive in plan.Removals)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                ArchiveRemoval.Remove(archive.Path);
                onRemoved(archive);
            }
            catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
            {
                failures.Add($"The old backup '{archive.Name}' could not be removed: {error.Message}");
            }
        }

        return failures;
    }
}
