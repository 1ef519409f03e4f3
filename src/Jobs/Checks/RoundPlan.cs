using VzDump.Engine.Schedules;
using VzDump.Jobs.Saved;

namespace VzDump.Jobs.Checks;

/// <summary>When a round of work on archives is due, and how much is done then.</summary>
public abstract record RoundPlan
{
    /// <summary>Most days and most archives that can be asked for.</summary>
    public const int MostDays = 3650, MostArchives = 1000;

    public bool IsOn { get; init; }

    /// <summary>A calendar event; see <see cref="CalendarEvent"/>.</summary>
    public abstract string Schedule { get; init; }

    /// <summary>In days: what was done longer ago is done again.</summary>
    public int AgainAfterDays { get; init; } = 30;

    /// <summary>How much is done at one due time.</summary>
    public abstract int MostAtOnce { get; init; }

    /// <summary>What keeps it from being saved.</summary>
    public virtual IEnumerable<DraftProblem> Problems()
    {
        if (string.IsNullOrWhiteSpace(Schedule))
        {
            yield return new DraftProblem(nameof(Schedule), "Say when to check, such as 'sat 05:00'.");
        }
        else if (!CalendarEvent.TryParse(Schedule, out _, out var problem))
        {
            yield return new DraftProblem(nameof(Schedule), problem);
        }

        if (AgainAfterDays is < 1 or > MostDays)
        {
            yield return new DraftProblem(nameof(AgainAfterDays), $"It can be done again after 1 to {MostDays} days.");
        }

        if (MostAtOnce is < 1 or > MostArchives)
        {
            yield return new DraftProblem(nameof(MostAtOnce), $"1 to {MostArchives} archives can be worked on at a time.");
        }
    }
}
