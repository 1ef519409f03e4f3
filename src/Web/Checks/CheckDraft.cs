using System.Globalization;
using VzDump.Jobs.Checks;

namespace VzDump.Web.Checks;

/// <summary>The plan of checks as somebody types it.</summary>
public sealed class CheckDraft(CheckPlan plan)
{
    private readonly HashSet<string> _storages = new(plan.Storages ?? [], StringComparer.Ordinal);

    public bool IsOn { get; set; } = plan.IsOn;

    public string? Schedule { get; set; } = plan.Schedule;

    /// <summary>In days.</summary>
    public string Again { get; set; } = plan.AgainAfterDays.ToString(CultureInfo.InvariantCulture);

    /// <summary>Archives at a time.</summary>
    public string Most { get; set; } = plan.MostAtOnce.ToString(CultureInfo.InvariantCulture);

    public bool AllStorages { get; set; } = plan.Storages is null;

    public bool Has(string storage) => _storages.Contains(storage);

    public void Set(string storage, bool isChosen)
    {
        if (isChosen)
        {
            _storages.Add(storage);
        }
        else
        {
            _storages.Remove(storage);
        }
    }

    /// <summary>What is no number becomes 0, which no plan takes.</summary>
    public CheckPlan ToPlan() => new()
    {
        IsOn = IsOn,
        Schedule = Schedule ?? "",
        AgainAfterDays = Number(Again),
        MostAtOnce = Number(Most),
        Storages = AllStorages ? null : [.. _storages.Order(StringComparer.Ordinal)],
    };

    private static int Number(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
