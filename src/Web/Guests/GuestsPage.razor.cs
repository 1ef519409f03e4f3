using Microsoft.AspNetCore.Components;
using VzDump.Engine.Guests;
using VzDump.Web.Backups;
using VzDump.Web.SignIn;

namespace VzDump.Web.Guests;

/// <summary>Every guest with its last backup, live.</summary>
public sealed partial class GuestsPage(GuestBoard board, BackupNow backupNow, Visitor visitor, NavigationManager navigation)
{
    private GuestBoardView? _view;
    private IReadOnlySet<GuestId> _picked = new HashSet<GuestId>();

    [SupplyParameterFromQuery]
    public string? Find { get; set; }

    private IReadOnlyList<Guest> Chosen => [.. _view!.Rows.Where(row => _picked.Contains(row.Id)).Select(row => row.State.Guest)];

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [WatchRunsAsync, WatchProgressAsync];

    private async Task WatchRunsAsync(CancellationToken cancellation)
    {
        await foreach (var _ in board.WatchRunsAsync(cancellation))
        {
            await LoadAsync();
        }
    }

    // The feed tells of states, not of progress; and guests change without any run.
    private async Task WatchProgressAsync(CancellationToken cancellation)
    {
        using var timer = board.NewTimer();
        for (var ticks = 1; await timer.WaitForNextTickAsync(cancellation); ticks++)
        {
            if (ticks % GuestBoard.TicksToWhole == 0)
            {
                await LoadAsync();
            }
            else if (_view is { } view && view.Rows.Any(row => row.Work is not null))
            {
                _view = await board.FollowAsync(view, await visitor.RightsAsync(cancellation), cancellation);
                await InvokeAsync(StateHasChanged);
            }
        }
    }

    private async Task LoadAsync()
    {
        _view = await board.ReadAsync(await visitor.RightsAsync(Left), Left);
        await InvokeAsync(StateHasChanged);
    }

    private Task BackupAsync(IReadOnlyList<Guest> guests) => backupNow.AskAsync(guests);

    private void Filter(ChangeEventArgs change) =>
        navigation.NavigateTo(navigation.GetUriWithQueryParameter("find", change.Value?.ToString() is { Length: > 0 } text ? text : null), replace: true);
}
