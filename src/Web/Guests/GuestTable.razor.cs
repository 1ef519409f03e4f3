using Microsoft.AspNetCore.Components;
using VzDump.Engine.Guests;

namespace VzDump.Web.Guests;

/// <summary>Shows rows and tells which were picked and which are to be backed up; it does neither itself.</summary>
public sealed partial class GuestTable
{
    [Parameter, EditorRequired]
    public required IReadOnlyList<GuestRow> Rows { get; set; }

    /// <summary>Whether a filter may have hidden rows.</summary>
    [Parameter]
    public bool IsFiltered { get; set; }

    /// <summary>Whether who looks may start backups.</summary>
    [Parameter]
    public bool MayRun { get; set; }

    [Parameter]
    public IReadOnlySet<GuestId> Picked { get; set; } = new HashSet<GuestId>();

    [Parameter]
    public EventCallback<IReadOnlySet<GuestId>> PickedChanged { get; set; }

    [Parameter]
    public EventCallback<IReadOnlyList<Guest>> Backup { get; set; }

    private bool AllPicked => Rows.All(row => Picked.Contains(row.Id));

    private Task PickAllAsync() => PickedChanged.InvokeAsync(AllPicked ? new HashSet<GuestId>() : Rows.Select(row => row.Id).ToHashSet());

    private Task PickAsync(GuestId guest)
    {
        var picked = Picked.ToHashSet();
        if (!picked.Remove(guest))
        {
            picked.Add(guest);
        }

        return PickedChanged.InvokeAsync(picked);
    }
}
