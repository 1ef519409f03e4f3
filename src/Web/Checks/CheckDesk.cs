using System.Runtime.CompilerServices;
using VzDump.Engine;
using VzDump.Jobs.Checks;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Checks;

/// <summary>Checks by schedule, for pages: shows and does no more than the rights of who asks allow. The plan is of the whole node.</summary>
public sealed class CheckDesk(ScheduledChecks checks, RunDesk runs)
{
    /// <summary>How things stand: at once, and whenever a run or the plan has changed. Ends when he may not see it.</summary>
    /// <param name="rights">Asked each time.</param>
    public async IAsyncEnumerable<CheckStanding> WatchAsync(Func<CancellationToken, Task<Rights>> rights, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var _ in runs.WatchAllAsync(cancellation))
        {
            if (!(await rights(cancellation)).SeesAll)
            {
                yield break;
            }

            yield return await checks.ReadAsync(cancellation);
        }
    }

    /// <exception cref="ProblemException">He may not do this, or the plan is not allowed.</exception>
    public Task SaveAsync(Rights rights, CheckPlan plan, CancellationToken cancellation) => rights.AdministersNode
        ? checks.SaveAsync(plan, rights.Who, cancellation)
        : throw new ProblemException("You may not change when archives are checked. Ask an administrator of all guests to.");
}
