using System.Runtime.CompilerServices;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>Runs for pages, endpoints and hubs: shows and does no more than the rights of who asks allow.</summary>
public sealed class RunDesk(BackupRuns runs, RunFeed feed)
{
    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Run>> ListAsync(Rights rights, int skip, int take, CancellationToken cancellation) =>
        ListAsync(rights, new RunFilter(), skip, take, cancellation);

    /// <summary>The same of those that are chosen.</summary>
    public async Task<IReadOnlyList<Run>> ListAsync(Rights rights, RunFilter filter, int skip, int take, CancellationToken cancellation) =>
        [.. (await runs.ListAsync(skip, take, filter with { Scope = rights.RunScope }, cancellation)).Select(run => rights.See(run)).OfType<Run>()];

    /// <summary>How many there are for him of those that are chosen.</summary>
    public Task<int> CountAsync(Rights rights, RunFilter filter, CancellationToken cancellation) => runs.CountAsync(filter with { Scope = rights.RunScope }, cancellation);

    /// <summary>Null when there is none for him.</summary>
    public async Task<Run?> FindAsync(Rights rights, Guid run, CancellationToken cancellation) =>
        await runs.FindAsync(run, cancellation) is { } found ? rights.See(found) : null;

    /// <summary>See <see cref="RunFeed.WatchAsync"/>. Ends when his rights do.</summary>
    /// <param name="rights">Asked before each update.</param>
    public async IAsyncEnumerable<RunUpdate> WatchAsync(
        Func<CancellationToken, Task<Rights>> rights, Guid run, long afterLine, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var update in feed.WatchAsync(run, afterLine, cancellation))
        {
            if ((await rights(cancellation)).See(update) is not { } seen)
            {
                yield break;
            }

            yield return seen;
        }
    }

    /// <summary>The lines of his guests that there are now.</summary>
    /// <param name="rights">Asked before each batch.</param>
    public async IAsyncEnumerable<IReadOnlyList<RunLogLine>> LinesNowAsync(
        Func<CancellationToken, Task<Rights>> rights, Guid run, long afterLine, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var update in feed.WatchAsync(run, afterLine, cancellation))
        {
            if ((await rights(cancellation)).See(update) is not { } seen)
            {
                yield break;
            }

            yield return seen.NewLines;

            // The feed's first answer comes in full batches; a smaller one is the last of what there is.
            if (update.NewLines.Count < RunFeed.LinesAtOnce)
            {
                yield break;
            }
        }
    }

    /// <summary>See <see cref="RunFeed.WatchAllAsync"/>; it tells nothing but that there is something new.</summary>
    public IAsyncEnumerable<long> WatchAllAsync(CancellationToken cancellation) => feed.WatchAllAsync(cancellation);

    /// <exception cref="ProblemException">He may not do this, or the job is not allowed.</exception>
    public async Task<Guid> StartAsync(Rights rights, BackupJob job, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        OptionProblem.Throw([.. BackupPermission.Problems(rights, job), .. job.Problems()]);
        return await runs.StartAsync(job, rights.Who, cancellation);
    }

    /// <summary>False when it is over already or there is none for him.</summary>
    /// <exception cref="ProblemException">He may not do this.</exception>
    public async Task<bool> StopAsync(Rights rights, Guid run, StopKind kind, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        return await WholeAsync(rights, run, "stop", cancellation) && await runs.StopAsync(run, kind, rights.Who, cancellation);
    }

    /// <exception cref="ProblemException">He may not do this.</exception>
    public async Task<RetryOutcome> RetryAsync(Rights rights, Guid run, CancellationToken cancellation)
    {
        rights.Need(Role.Operator);
        return await WholeAsync(rights, run, "repeat", cancellation) ? await runs.RetryAsync(run, rights.Who, cancellation) : new RetryOutcome.Refused("There is no such run.");
    }

    private async Task<bool> WholeAsync(Rights rights, Guid run, string act, CancellationToken cancellation)
    {
        if (await runs.FindAsync(run, cancellation) is not { } found || rights.See(found) is null)
        {
            return false;
        }

        return rights.SeesWhole(found) ? true : throw new ProblemException($"This run is about other people's guests too: you may not {act} it. Ask somebody who may work with all of its guests.");
    }
}
