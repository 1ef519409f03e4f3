using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using VzDump.Jobs.Live;

namespace VzDump.Web.Runs;

/// <summary>The live feed for programs outside a circuit. A page of this site never calls it: it reads the feed itself.</summary>
[Authorize]
public sealed class RunsHub(RunFeed feed) : Hub
{
    /// <summary>A run as it is with the lines after <paramref name="afterLine"/>, then its changes, until it is over. Ends at once when it is unknown.</summary>
    public async IAsyncEnumerable<RunMessage> WatchRun(Guid run, long afterLine, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var update in feed.WatchAsync(run, afterLine, cancellation))
        {
            yield return RunMessage.From(update);
        }
    }

    /// <summary>A number whenever some run was queued or changed its state; one at the start.</summary>
    public IAsyncEnumerable<long> WatchRuns(CancellationToken cancellation) => feed.WatchAllAsync(cancellation);
}
