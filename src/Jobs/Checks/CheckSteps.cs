using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Checks;

/// <summary>Takes one step of a round after the other. Each step is noted before the next one is taken.</summary>
internal sealed class CheckSteps(RunStore store, RunStarter starter, FindArchive find, TimeProvider time)
{
    /// <summary>Null when there is nothing to do but to wait.</summary>
    /// <param name="isOn">Whether archives that wait are still to have their turn.</param>
    /// <param name="work">What is done with one of them.</param>
    public async Task<CheckRound?> NextAsync(CheckRound round, bool isOn, Func<ChosenArchive, RunWork> work, CancellationToken cancellation)
    {
        if (round.Current is { } current)
        {
            return await FollowAsync(round, current, isOn, work, cancellation);
        }

        if (!isOn && round.Waiting.Count > 0)
        {
            return (round with { Waiting = [] }).Skip($"Switched off: {round.Waiting.Count} {(round.Waiting.Count == 1 ? "archive was" : "archives were")} left out.");
        }

        if (round.Waiting is not [var next, ..])
        {
            return round with { EndedAt = time.GetUtcNow() };
        }

        // Backups, restores and checks that a person asked for go first: one by schedule enters the queue only when it is empty.
        if (await IsBusyAsync(cancellation))
        {
            return null;
        }

        round = round with { Waiting = [.. round.Waiting.Skip(1)] };
        return await WhyNotAsync(next, cancellation) is { } reason ? round.Skip(reason) : round with { Current = new CurrentCheck(Guid.CreateVersion7(time.GetUtcNow()), next) };
    }

    private async Task<CheckRound?> FollowAsync(CheckRound round, CurrentCheck current, bool isOn, Func<ChosenArchive, RunWork> work, CancellationToken cancellation)
    {
        var run = await store.FindAsync(current.Run, cancellation);
        if (run is null && isOn)
        {
            await StartAsync(round.Due, current, work(current.Archive), cancellation);
            return null;
        }

        var over = round with { Current = null };
        return run?.State switch
        {
            RunState.Queued or RunState.Running => null,
            RunState.Succeeded => over with { Sound = over.Sound + 1 },
            RunState.Failed => over with { Failed = over.Failed + 1 },
            RunState.Cancelled => over.Skip($"{(run.Work is RunWork.Trial ? "The restore test" : "The check")} of {current.Archive.Name} was stopped by {run.CancelledBy}."),

            // Once more, after the others: an archive that ends the program each time must not keep it from all else.
            RunState.Interrupted when !current.Archive.WasBrokenOff => over with { Waiting = [.. over.Waiting, current.Archive with { WasBrokenOff = true }] },
            null => over.Skip($"Switched off: {current.Archive.Name} was left out."),
            _ => over.Skip($"{(run.Work is RunWork.Trial ? "The restore test" : "The check")} of {current.Archive.Name} was broken off: {run.Error}"),
        };
    }

    private Task StartAsync(DateTimeOffset due, CurrentCheck check, RunWork work, CancellationToken cancellation)
    {
        var run = new Run
        {
            Id = check.Run,
            Job = new BackupJob { Selection = new GuestSelection.Ids([GuestId.Parse(check.Archive.Guest.ToString(System.Globalization.CultureInfo.InvariantCulture))]) },
            Work = work,
            StartedBy = Run.Scheduler,
            Trigger = new RunTrigger.Schedule(due),
            CreatedAt = time.GetUtcNow(),
        };
        return starter.StartRecordedAsync(
            async () =>
            {
                await store.AddAsync(run, cancellation);
                return run.Id;
            },
            cancellation);
    }

    private async Task<bool> IsBusyAsync(CancellationToken cancellation) =>
        (await store.ListInAsync(RunState.Queued, cancellation)).Count > 0 || (await store.ListInAsync(RunState.Running, cancellation)).Count > 0;

    private async Task<string?> WhyNotAsync(ChosenArchive archive, CancellationToken cancellation)
    {
        try
        {
            return ArchiveId.Of(archive.Storage, archive.Name) is { } id && await find(id, cancellation) is { } found && found.Path == archive.Path
                ? null
                : $"{archive.Name} is not on the storage '{archive.Storage}' any more.";
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            return $"{archive.Name} could not be looked at: {error.Message}";
        }
    }
}
