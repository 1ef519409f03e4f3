using System.Globalization;
using Microsoft.Extensions.Logging;
using VzDump.Engine;
using VzDump.Engine.Schedules;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Store;

namespace VzDump.Jobs.Imports;

/// <summary>
/// Sees to it that of an imported job and its original one runs, whenever this program dies: ours is stored and waits; then the original is
/// switched off; then ours has its schedule. Each look at the schedules goes on where this was broken off.
/// </summary>
internal sealed class Takeovers(JobOriginals originals, JobStore jobs, RunChanges changes, TimeProvider time, ILogger<Takeovers> logger)
{
    // Proxmox VE's scheduler and cron look once a minute: around a due time nobody can tell from outside whether the original has begun.
    private static readonly TimeSpan After = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(1);

    private string? _lastSaid;

    /// <summary>Brings an imported job on, as far as that is possible now. True when it was changed and is to be read again.</summary>
    public async Task<bool> GoOnAsync(SavedJobRow row, CancellationToken cancellation)
    {
        if (row.TakeoverPending)
        {
            return await EndAsync(row, cancellation) is null;
        }

        if (!row.Enabled || !await IsOriginalOnAsync(row.ToJob().Source!, cancellation))
        {
            return false;
        }

        // A person switched the original on again. That wish is newer than ours, and one of the two must rest.
        var off = row.With(JobDraft.From(row.ToJob()) with { Enabled = false }, Run.Scheduler, time.GetUtcNow());
        if (await jobs.TryUpdateAsync(row, off, "job switched off: its original is on again", cancellation))
        {
            logger.OriginalOnAgain(row.Name, row.SourceFile!);
            changes.JobsChanged();
        }

        return true;
    }

    /// <summary>Switches the original off and ends the waiting of ours. Null when that is done; else a sentence that says what it waits for.</summary>
    public async Task<string?> EndAsync(SavedJobRow row, CancellationToken cancellation)
    {
        try
        {
            var source = row.ToJob().Source!;
            var (isOn, schedule) = await originals.LookAsync(source, cancellation);
            if (isOn && NearDue(schedule) is { } due)
            {
                return Waits(row, string.Create(CultureInfo.InvariantCulture, $"The original is due at {TimeZoneInfo.ConvertTime(due, time.LocalTimeZone):HH:mm} and still makes that backup; this program takes over {After.TotalMinutes} minutes later."));
            }

            // Up to here the original answers what is due, from the end on ours. If the program dies in between, with the original off, ours
            // tells of what was missed.
            if (isOn)
            {
                await jobs.WaitFromAsync(row.Id, time.GetUtcNow(), cancellation);
                await originals.SwitchOffAsync(source, cancellation);
            }

            await jobs.EndTakeoverAsync(row, isOn ? time.GetUtcNow() : null, time.GetUtcNow(), CancellationToken.None);
            logger.TakenOver(row.Name, source.File);
            changes.JobsChanged();
            return null;
        }
        catch (ProblemException problem)
        {
            return Waits(row, $"The original cannot be switched off, and still runs: {problem.Message}");
        }
    }

    /// <summary>Whether the original starts by itself. False where its file cannot be read: it was off when that was last possible.</summary>
    public async Task<bool> IsOriginalOnAsync(JobSource source, CancellationToken cancellation)
    {
        try
        {
            return (await originals.LookAsync(source, cancellation)).IsOn;
        }
        catch (ProblemException problem)
        {
            Say(problem.Message, () => logger.OriginalUnreadable(source.Key, problem.Message));
            return false;
        }
    }

    private string Waits(SavedJobRow row, string reason)
    {
        Say(reason, () => logger.TakeoverWaits(row.Name, reason));
        return reason;
    }

    // Jobs are looked at every quarter of a minute: the log has it once.
    private void Say(string what, Action write)
    {
        if (Interlocked.Exchange(ref _lastSaid, what) != what)
        {
            write();
        }
    }

    // Where due times lie closer together than this there is no better moment to wait for.
    private DateTimeOffset? NearDue(string? schedule)
    {
        var now = time.GetUtcNow();
        return schedule is not null && CalendarEvent.TryParse(schedule, out var calendar, out _)
            && calendar.Next(now - After, time.LocalTimeZone) is { } due && due <= now + Before
            && !(calendar.Next(due, time.LocalTimeZone) is { } next && next - due <= After + Before) ? due : null;
    }
}
