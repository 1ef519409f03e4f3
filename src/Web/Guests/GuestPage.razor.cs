using System.Globalization;
using Microsoft.AspNetCore.Components;
using VzDump.Engine.Guests;
using VzDump.Web.Backups;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Guests;

/// <summary>One guest: what covers it, what a backup of it holds, and what was made of it.</summary>
public sealed partial class GuestPage(GuestDesk desk, BackupNow backupNow, Visitor visitor) : IDisposable
{
    // Older ones are found among all archives.
    private const int Most = 200;
    private CancellationTokenSource? _watching;
    private int _watched;
    private GuestView? _view;
    private bool _unknown;

    [Parameter]
    public int Id { get; set; }

    [CascadingParameter]
    public Viewer Viewer { get; set; } = Viewer.Unknown;

    // Also when the address changes from one guest to another, which keeps this page.
    protected override void OnAfterRender(bool firstRender)
    {
        if (_watched != Id)
        {
            _watched = Id;
            Leave();
            _watching = new CancellationTokenSource();
            _ = WatchAsync(Id, _watching.Token);
        }
    }

    public void Dispose() => Leave();

    private void Leave()
    {
        _watching?.Cancel();
        _watching?.Dispose();
        _watching = null;
    }

    private async Task WatchAsync(int number, CancellationToken cancellation)
    {
        (_view, _unknown) = (null, false);
        try
        {
            await foreach (var _ in desk.WatchAllAsync(cancellation))
            {
                var view = GuestId.TryParse(number.ToString(CultureInfo.InvariantCulture), out var id) ? await desk.ReadAsync(await visitor.RightsAsync(cancellation), id, cancellation) : null;
                (_view, _unknown) = (view, view is null);
                await InvokeAsync(StateHasChanged);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }
}
