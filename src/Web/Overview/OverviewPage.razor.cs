using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Jobs.Runs;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Overview;

/// <summary>Whether every guest is safe, and what goes wrong now.</summary>
public sealed partial class OverviewPage(OverviewBoard board, Visitor visitor)
{
    private OverviewView? _view;

    /// <summary>Of the day that is opened.</summary>
    [SupplyParameterFromQuery]
    public string? Guest { get; set; }

    /// <summary>Such as 2026-08-22.</summary>
    [SupplyParameterFromQuery]
    public string? Day { get; set; }

    [CascadingParameter]
    public Viewer Viewer { get; set; } = Viewer.Unknown;

    private string HeroIcon => _view!.State.Tone switch
    {
        "good" => Icons.Material.Outlined.VerifiedUser,
        "bad" => Icons.Material.Outlined.GppBad,
        _ => Icons.Material.Outlined.GppMaybe,
    };

    private (GuestDays Row, GuestDay Day)? Chosen =>
        DateOnly.TryParseExact(Day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && _view!.Board.Guests.FirstOrDefault(row => row.Guest.Id.ToString() == Guest) is { } found
        && found.Days.FirstOrDefault(cell => cell.Day == day) is { } cell
            ? (found, cell)
            : null;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [WatchRunsAsync, WatchProgressAsync];

    private async Task WatchRunsAsync(CancellationToken cancellation)
    {
        await foreach (var _ in board.WatchAllAsync(cancellation))
        {
            await LoadAsync(cancellation);
        }
    }

    // The feed tells of states, not of progress; and storages fill without any run of ours.
    private async Task WatchProgressAsync(CancellationToken cancellation)
    {
        using var timer = board.NewTimer();
        for (var ticks = 1; await timer.WaitForNextTickAsync(cancellation); ticks++)
        {
            if (ticks % OverviewBoard.TicksToWhole == 0)
            {
                await LoadAsync(cancellation);
            }
            else if (_view is { } view && view.Working.Any(run => run.State is RunState.Running))
            {
                _view = view with { Working = await board.WorkingAsync(await visitor.RightsAsync(cancellation), cancellation) };
                await InvokeAsync(StateHasChanged);
            }
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        _view = await board.ReadAsync(await visitor.RightsAsync(cancellation), Viewer.Zone, cancellation);
        await InvokeAsync(StateHasChanged);
    }
}
