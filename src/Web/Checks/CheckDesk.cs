using System.Runtime.CompilerServices;
using VzDump.Engine;
using VzDump.Engine.Guests;
using VzDump.Engine.Restores;
using VzDump.Jobs.Checks;
using VzDump.Web.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Checks;

/// <summary>Checks and restore tests by schedule, for pages: shows and does no more than the rights of who asks allow. The plans are of the whole node.</summary>
public sealed class CheckDesk(ScheduledChecks checks, ScheduledTrials trials, RestoreEngine restores, RunDesk runs)
{
    /// <summary>How things stand: at once, and whenever a run or the plan has changed. Ends when he may not see it.</summary>
    /// <param name="rights">Asked each time.</param>
    public async IAsyncEnumerable<(CheckStanding Checks, TrialStanding Trials)> WatchAsync(Func<CancellationToken, Task<Rights>> rights, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var _ in runs.WatchAllAsync(cancellation))
        {
            if (!(await rights(cancellation)).SeesAll)
            {
                yield break;
            }

            yield return (await checks.ReadAsync(cancellation), await trials.ReadAsync(cancellation));
        }
    }

    /// <exception cref="ProblemException">He may not do this, or the plan is not allowed.</exception>
    public Task SaveAsync(Rights rights, CheckPlan plan, CancellationToken cancellation) => rights.AdministersNode
        ? checks.SaveAsync(plan, rights.Who, cancellation)
        : throw new ProblemException("You may not change when archives are checked. Ask an administrator of all guests to.");

    /// <exception cref="ProblemException">He may not do this, or the plan is not allowed.</exception>
    public Task SaveAsync(Rights rights, TrialPlan plan, CancellationToken cancellation) => rights.AdministersNode
        ? trials.SaveAsync(plan, rights.Who, cancellation)
        : throw new ProblemException("You may not change when restores are tested. Ask an administrator of all guests to.");

    /// <summary>Names of the storages onto which guests can be restored for a test.</summary>
    /// <exception cref="ProblemException">storage.cfg cannot be read.</exception>
    public async Task<IReadOnlyList<string>> ListTargetsAsync(CancellationToken cancellation) =>
        [.. (await restores.ListStoragesAsync(GuestKind.Qemu, cancellation)).Union(await restores.ListStoragesAsync(GuestKind.Lxc, cancellation))];
}
