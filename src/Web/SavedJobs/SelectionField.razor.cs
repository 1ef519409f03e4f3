using Microsoft.AspNetCore.Components;
using VzDump.Engine.Guests;
using VzDump.Web.Guests;

namespace VzDump.Web.SavedJobs;

/// <summary>Edits a selection, and shows at once which guests it means.</summary>
public sealed partial class SelectionField
{
    private static readonly (SelectionKind Kind, string Title)[] Kinds =
        [(SelectionKind.Chosen, "Only those ticked"), (SelectionKind.All, "All, but those not ticked"), (SelectionKind.Pool, "A pool, but those not ticked")];

    private MeantGuests _meant = new([], [], [], null);
    private List<PickRow> _rows = [];
    private string _find = "";
    private string _typed = "";
    private string? _strange;

    [Parameter, EditorRequired]
    public required SelectionDraft Draft { get; set; }

    [Parameter, EditorRequired]
    public required NodeGuests Node { get; set; }

    /// <summary>What the engine says against the selection.</summary>
    [Parameter]
    public string? Problem { get; set; }

    [Parameter]
    public EventCallback Changed { get; set; }

    protected override void OnParametersSet() => Show();

    private void Show()
    {
        _meant = Node.Of(Draft.ToSelection());
        var words = _find.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _rows = [.. Rows().Where(row => words.All(word => $"{row.Id} {row.Name} {row.Note}".Contains(word, StringComparison.OrdinalIgnoreCase)))];
    }

    private void Find(ChangeEventArgs change)
    {
        _find = change.Value as string ?? "";
        Show();
    }

    private IEnumerable<PickRow> Rows()
    {
        var meant = _meant.Here.Select(guest => guest.Id).ToHashSet();
        var pool = Draft.Kind is SelectionKind.Pool ? Node.Pools.GetValueOrDefault(Draft.PoolName)?.Guests.ToHashSet() ?? [] : null;
        var here = Node.Here.Where(guest => pool is null || pool.Contains(guest.Id)).Select(guest => new PickRow(guest.Id, guest.Name, guest.Kind.Word, meant.Contains(guest.Id)));
        var others = _meant.Elsewhere.Select(guest => new PickRow(guest.Id, "", $"on {guest.Node}: skipped here", true));
        var unknown = _meant.Unknown.Select(guest => new PickRow(guest, "", "no guest has this VMID: it fails", true));
        var left = Draft.Kind is SelectionKind.Chosen ? [] : Draft.Named.Where(id => Node.Here.All(guest => guest.Id != id)).Select(id => new PickRow(id, "", "left out; no guest has this VMID now", false));
        return here.Concat(others).Concat(unknown).Concat(left).OrderBy(row => row.Id);
    }

    private async Task AddAsync(ChangeEventArgs change)
    {
        _typed = change.Value as string ?? "";
        if (!GuestIdList.TryParse(_typed, out var guests, out var strange))
        {
            _strange = $"strange VM ID '{strange}': VMIDs are numbers from {GuestId.Lowest} to {GuestId.Highest}.";
            return;
        }

        (_strange, _typed) = (null, "");
        await ChangeAsync(() =>
        {
            foreach (var guest in guests)
            {
                Draft.Set(guest, isMeant: true);
            }
        });
    }

    private async Task ChangeAsync(Action change)
    {
        change();
        Show();
        await Changed.InvokeAsync();
    }

    private sealed record PickRow(GuestId Id, string Name, string Note, bool IsMeant);
}
