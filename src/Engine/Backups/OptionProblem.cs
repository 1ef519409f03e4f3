namespace VzDump.Engine.Backups;

/// <summary>Why a job cannot be saved or run as it is.</summary>
/// <param name="Field">vzdump's name of the option.</param>
/// <param name="Message">A sentence that says what to do.</param>
public sealed record OptionProblem(string Field, string Message)
{
    /// <exception cref="ProblemException">There is at least one; its message has a line for each.</exception>
    public static void Throw(IReadOnlyCollection<OptionProblem> problems)
    {
        if (problems.Count > 0)
        {
            throw new ProblemException(string.Join('\n', problems.Select(problem => problem.Message).Distinct(StringComparer.Ordinal)));
        }
    }
}
