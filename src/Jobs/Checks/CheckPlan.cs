using VzDump.Engine.Schedules;
using VzDump.Jobs.Saved;

namespace VzDump.Jobs.Checks;

/// <summary>When archives are checked without being asked for, and which.</summary>
public sealed record CheckPlan
{
    /// <summary>Most days and most archives that can be asked for.</summary>
    public const int MostDays = 3650, MostArchives = 1000;

    public bool IsOn { get; init; }

    /// <summary>A calendar event; see <see cref="CalendarEvent"/>.</summary>
    public string Schedule { get; init; } = "sat 05:00";

    /// <summary>In days: an archive whose last check is older is checked again.</summary>
    public int AgainAfterDays { get; init; } = 30;

    /// <summary>Names of the storages whose archives are checked; null for all.</summary>
    public IReadOnlyList<string>? Storages { get; init; }

    /// <summary>How many archives are checked at one due time.</summary>
    public int MostAtOnce { get; init; } = 20;

    /// <summary>What keeps it from being saved.</summary>
    public IEnumerable<DraftProblem> Problems()
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
            yield return new DraftProblem(nameof(AgainAfterDays), $"Archives are checked again after 1 to {MostDays} days.");
        }

        if (MostAtOnce is < 1 or > MostArchives)
        {
            yield return new DraftProblem(nameof(MostAtOnce), $"1 to {MostArchives} archives can be checked at a time.");
        }

        if (Storages is { Count: 0 })
        {
            yield return new DraftProblem(nameof(Storages), "Choose at least one storage.");
        }
    }
}
