using System.Globalization;
using VzDump.Engine.Guests;
using VzDump.Jobs.Checks;
using VzDump.Jobs.Saved;

namespace VzDump.Web.Checks;

/// <summary>The plan of restore tests as somebody types it.</summary>
public sealed class TrialDraft(TrialPlan plan)
{
    public bool IsOn { get; set; } = plan.IsOn;

    public string? Schedule { get; set; } = plan.Schedule;

    /// <summary>In days.</summary>
    public string Again { get; set; } = plan.AgainAfterDays.ToString(CultureInfo.InvariantCulture);

    /// <summary>Guests at a time.</summary>
    public string Most { get; set; } = plan.MostAtOnce.ToString(CultureInfo.InvariantCulture);

    public bool AllGuests { get; set; } = plan.Guests is null;

    /// <summary>VMIDs, e.g. <c>100, 101</c>.</summary>
    public string Guests { get; set; } = string.Join(", ", plan.Guests ?? []);

    /// <summary>Empty for those that the archives name.</summary>
    public string Storage { get; set; } = plan.Storage ?? "";

    public bool Start { get; set; } = plan.Start;

    /// <summary>What is no number becomes 0, which no plan takes.</summary>
    public TrialPlan ToPlan() => new()
    {
        IsOn = IsOn,
        Schedule = Schedule ?? "",
        AgainAfterDays = Number(Again),
        MostAtOnce = Number(Most),
        Guests = AllGuests ? null : GuestIdList.TryParse(Guests, out var guests, out _) ? [.. guests.Select(guest => guest.Value)] : [],
        Storage = Storage.Length > 0 ? Storage : null,
        Start = Start,
    };

    /// <summary>What keeps it from being saved.</summary>
    public IEnumerable<DraftProblem> Problems() => !AllGuests && !GuestIdList.TryParse(Guests, out _, out var strange)
        ? ToPlan().Problems().Where(problem => problem.Field != nameof(TrialPlan.Guests)).Append(new DraftProblem(nameof(TrialPlan.Guests), $"'{strange}' is no VMID. Write numbers such as 100, 101."))
        : ToPlan().Problems();

    private static int Number(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
