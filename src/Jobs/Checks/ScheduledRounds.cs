using Microsoft.Extensions.Logging;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Schedules;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Scheduling;
using VzDump.Jobs.Settings;

namespace VzDump.Jobs.Checks;

/// <summary>Rounds of work on archives by schedule: the plan of the node, and how far it has been followed. What the work is, and on which archives, its kinds say.</summary>
public abstract class ScheduledRounds<TPlan> : IDisposable
    where TPlan : RoundPlan, new()
{
    // The clock may be wrong for a while after a start, or be set right later. After so long what it shows is taken for true.
    private static readonly TimeSpan Trust = TimeSpan.FromHours(1);

    private readonly string _name;
    private readonly RoundRuntime _runtime;
    private readonly SemaphoreSlim _one = new(1);
    private readonly long _began;

    /// <param name="name">By which the plan and its progress are kept.</param>
    private protected ScheduledRounds(string name, RoundRuntime runtime)
    {
        (_name, _runtime) = (name, runtime);
        _began = runtime.Time.GetTimestamp();
    }

    private protected DateTimeOffset Now => _runtime.Time.GetUtcNow();

    private string ProgressKey => $"progress of {_name}";

    /// <summary>The plan; one that is off when nobody made one.</summary>
    public async Task<TPlan> FindPlanAsync(CancellationToken cancellation) => await _runtime.Settings.FindAsync<TPlan>(_name, cancellation) ?? new TPlan();

    /// <summary>Replaces the plan. Due times before now are not made up for; switched off, archives that wait for their turn are left out.</summary>
    /// <exception cref="ProblemException">The plan is not allowed; nothing is changed.</exception>
    public async Task SaveAsync(TPlan plan, string by, CancellationToken cancellation)
    {
        if (plan.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ProblemException(string.Join(' ', problems.Select(problem => problem.Sentence)));
        }

        await _one.WaitAsync(cancellation);
        try
        {
            // The progress first: should the program die in between, the old plan goes on from now.
            var now = _runtime.Time.GetUtcNow();
            await KeepAsync(new CheckProgress(now, (await FindProgressAsync(cancellation))?.Round));
            await _runtime.Settings.SetAsync(_name, plan with { Schedule = plan.Schedule.Trim() }, by, cancellation);
        }
        finally
        {
            _one.Release();
        }

        await LookAsync(cancellation);
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Answers a due time, and goes on with what was begun. Whoever looks, when and how often: no archive is worked on twice for it.</summary>
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

            while (progress.Round is { IsOpen: true } round && await _runtime.Steps.NextAsync(round, plan.IsOn, archive => WorkOf(plan, archive), cancellation) is { } next)
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

    private static CalendarEvent? ScheduleOf(TPlan plan) => plan.IsOn && CalendarEvent.TryParse(plan.Schedule, out var schedule, out _) ? schedule : null;

    private async Task<CheckProgress> DecideAsync(TPlan plan, CalendarEvent schedule, CheckProgress progress, CancellationToken cancellation)
    {
        var now = _runtime.Time.GetUtcNow();
        var due = DuePlan.For(schedule, progress.DecidedUntil, asked: null, repeatMissed: false, now, _runtime.Time.LocalTimeZone);
        var decidedUntil = progress.DecidedUntil > now && _runtime.Time.GetElapsedTime(_began) > Trust ? now : due.DecidedUntil;
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
                    _runtime.Logger.DueMissed(_name, miss.At, "This program was not running when it was due.");
                    break;
                case DueDecision.Begin { Trigger.Due: { } at } when progress.Round is { IsOpen: true }:
                    _runtime.Logger.DueMissed(_name, at, "The round of the last time still goes on.");
                    break;
                case DueDecision.Begin { Trigger.Due: { } at }:
                    progress = progress with { Round = await BeginAsync(plan, at, cancellation) };
                    break;
            }
        }

        await KeepAsync(progress);
        return progress;
    }

    private async Task<CheckRound> BeginAsync(TPlan plan, DateTimeOffset due, CancellationToken cancellation)
    {
        var (chosen, problems) = await ChooseAsync(plan, cancellation);
        return new CheckRound
        {
            Due = due,
            Waiting = [.. chosen.Take(plan.MostAtOnce).Select(archive => new ChosenArchive(archive.Storage, archive.Path, archive.Guest!.Value.Value))],
            Skipped = problems,
        };
    }

    /// <summary>When the plan is due next, and the last round.</summary>
    private protected async Task<(DateTimeOffset? Next, CheckRound? Last)> ProgressAsync(TPlan plan, CancellationToken cancellation) =>
        (ScheduleOf(plan)?.Next(Now, _runtime.Time.LocalTimeZone), (await FindProgressAsync(cancellation))?.Round);

    /// <summary>The archives that are due, the most urgent first, each with its guest; and sentences about what could not be read.</summary>
    private protected abstract Task<(IEnumerable<Archive> Due, IReadOnlyList<string> Problems)> ChooseAsync(TPlan plan, CancellationToken cancellation);

    /// <summary>What is done with one of them.</summary>
    private protected abstract RunWork WorkOf(TPlan plan, ChosenArchive archive);

    private Task<CheckProgress?> FindProgressAsync(CancellationToken cancellation) => _runtime.Settings.FindAsync<CheckProgress>(ProgressKey, cancellation);

    // Never cancelled half-way: what is noted is what comes next.
    private async Task KeepAsync(CheckProgress progress)
    {
        await _runtime.Settings.NoteAsync(ProgressKey, progress, CancellationToken.None);
        _runtime.Changes.JobsChanged();
    }
}

/// <summary>What every kind of round works with.</summary>
internal sealed record RoundRuntime(ProductSettings Settings, ListArchives List, CheckSteps Steps, RunChanges Changes, TimeProvider Time, ILogger<CheckWatch> Logger);
