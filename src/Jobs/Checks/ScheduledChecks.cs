using Microsoft.Extensions.Logging;
using VzDump.Engine;
using VzDump.Engine.Schedules;
using VzDump.Jobs.History;
using VzDump.Jobs.Live;
using VzDump.Jobs.Scheduling;
using VzDump.Jobs.Settings;

namespace VzDump.Jobs.Checks;

/// <summary>The door to checks by schedule: the plan of the node, and how far it has been followed.</summary>
public sealed class ScheduledChecks : IDisposable
{
    internal const string PlanKey = "scheduled checks", ProgressKey = "progress of scheduled checks";

    // The clock may be wrong for a while after a start, or be set right later. After so long what it shows is taken for true.
    private static readonly TimeSpan Trust = TimeSpan.FromHours(1);

    private readonly ProductSettings _settings;
    private readonly ArchiveChecks _checks;
    private readonly ListArchives _list;
    private readonly CheckSteps _steps;
    private readonly RunChanges _changes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _one = new(1);
    private readonly long _began;

    internal ScheduledChecks(ProductSettings settings, ArchiveChecks checks, ListArchives list, CheckSteps steps, RunChanges changes, TimeProvider time, ILogger<ScheduledChecks> logger)
    {
        (_settings, _checks, _list, _steps, _changes, _time, _logger) = (settings, checks, list, steps, changes, time, logger);
        _began = time.GetTimestamp();
    }

    /// <summary>The plan; one that is off when nobody made one.</summary>
    public async Task<CheckPlan> FindPlanAsync(CancellationToken cancellation) => await _settings.FindAsync<CheckPlan>(PlanKey, cancellation) ?? new CheckPlan();

    /// <summary>The plan, what was done, and what there is to do.</summary>
    public async Task<CheckStanding> ReadAsync(CancellationToken cancellation)
    {
        var plan = await FindPlanAsync(cancellation);
        var (listing, choice) = await ChooseAsync(plan, cancellation);
        var progress = await FindProgressAsync(cancellation);
        return new CheckStanding(
            plan, ScheduleOf(plan)?.Next(_time.GetUtcNow(), _time.LocalTimeZone), progress?.Round, listing.Archives.Count, choice.Unchecked.Count, choice.Overdue.Count, listing.Problems);
    }

    /// <summary>Replaces the plan. Due times before now are not made up for; switched off, archives that wait for their check are left out.</summary>
    /// <exception cref="ProblemException">The plan is not allowed; nothing is changed.</exception>
    public async Task SaveAsync(CheckPlan plan, string by, CancellationToken cancellation)
    {
        if (plan.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ProblemException(string.Join(' ', problems.Select(problem => problem.Sentence)));
        }

        await _one.WaitAsync(cancellation);
        try
        {
            // The progress first: should the program die in between, the old plan goes on from now.
            var now = _time.GetUtcNow();
            await KeepAsync(new CheckProgress(now, (await FindProgressAsync(cancellation))?.Round));
            await _settings.SetAsync(PlanKey, plan with { Schedule = plan.Schedule.Trim() }, by, cancellation);
        }
        finally
        {
            _one.Release();
        }

        await LookAsync(cancellation);
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Answers a due time, and goes on with what was begun. Whoever looks, when and how often: no archive is checked twice for it.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var plan = await FindPlanAsync(cancellation);
            if (await FindProgressAsync(cancellation) is not { } progress)
            {
                return; // nobody has ever made a plan
            }

            if (ScheduleOf(plan) is { } schedule)
            {
                progress = await DecideAsync(plan, schedule, progress, cancellation);
            }

            while (progress.Round is { IsOpen: true } round && await _steps.NextAsync(round, plan.IsOn, cancellation) is { } next)
            {
                progress = progress with { Round = next };
                await KeepAsync(progress);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private static CalendarEvent? ScheduleOf(CheckPlan plan) => plan.IsOn && CalendarEvent.TryParse(plan.Schedule, out var schedule, out _) ? schedule : null;

    private async Task<CheckProgress> DecideAsync(CheckPlan plan, CalendarEvent schedule, CheckProgress progress, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var due = DuePlan.For(schedule, progress.DecidedUntil, asked: null, repeatMissed: false, now, _time.LocalTimeZone);
        var decidedUntil = progress.DecidedUntil > now && _time.GetElapsedTime(_began) > Trust ? now : due.DecidedUntil;
        if (decidedUntil == progress.DecidedUntil)
        {
            return progress;
        }

        progress = progress with { DecidedUntil = decidedUntil };
        foreach (var decision in due.Decisions)
        {
            switch (decision)
            {
                case DueDecision.Miss miss:
                    _logger.DueMissed(PlanKey, miss.At, "This program was not running when it was due.");
                    break;
                case DueDecision.Begin { Trigger.Due: { } at } when progress.Round is { IsOpen: true }:
                    _logger.DueMissed(PlanKey, at, "The checks of the last time still go on.");
                    break;
                case DueDecision.Begin { Trigger.Due: { } at }:
                    progress = progress with { Round = await BeginAsync(plan, at, cancellation) };
                    break;
            }
        }

        await KeepAsync(progress);
        return progress;
    }

    private async Task<CheckRound> BeginAsync(CheckPlan plan, DateTimeOffset due, CancellationToken cancellation)
    {
        var (listing, choice) = await ChooseAsync(plan, cancellation);
        return new CheckRound
        {
            Due = due,
            Waiting = [.. choice.InOrder.Take(plan.MostAtOnce).Select(archive => new ChosenArchive(archive.Storage, archive.Path, archive.Guest!.Value.Value))],
            Skipped = listing.Problems,
        };
    }

    private async Task<(Engine.Storages.ArchiveListing Listing, CheckChoice Choice)> ChooseAsync(CheckPlan plan, CancellationToken cancellation)
    {
        var listing = await _list(plan.Storages, cancellation);
        return (listing, CheckChoice.Of(listing.Archives, await _checks.ListAsync(cancellation), TimeSpan.FromDays(plan.AgainAfterDays), _time.GetUtcNow()));
    }

    private Task<CheckProgress?> FindProgressAsync(CancellationToken cancellation) => _settings.FindAsync<CheckProgress>(ProgressKey, cancellation);

    // Never cancelled half-way: what is noted is what comes next.
    private async Task KeepAsync(CheckProgress progress)
    {
        await _settings.NoteAsync(ProgressKey, progress, CancellationToken.None);
        _changes.JobsChanged();
    }
}
