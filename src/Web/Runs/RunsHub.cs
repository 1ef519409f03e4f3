using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>The live feed for programs outside a circuit, with a token or a cookie. A page of this site never calls it: it reads the feed itself.</summary>
[Authorize(Policies.View)]
public sealed class RunsHub(RunDesk runs, RightsBook book) : Hub
{
    /// <summary>
    /// A run as it is with the lines after <paramref name="afterLine"/>, then its changes, until it is over. Ends at once when it is unknown. Who may not
    /// see all of its guests gets those that he may, and the lines about them.
    /// </summary>
    public async IAsyncEnumerable<RunMessage> WatchRun(Guid run, long afterLine, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var user = Context.User ?? new System.Security.Claims.ClaimsPrincipal();
        await foreach (var update in runs.WatchAsync(now => book.OfAsync(user, now), run, afterLine, cancellation))
        {
            yield return RunMessage.From(update);
        }
    }

    /// <summary>A number whenever some run was queued or changed its state; one at the start.</summary>
    public IAsyncEnumerable<long> WatchRuns(CancellationToken cancellation) => runs.WatchAllAsync(cancellation);
}
