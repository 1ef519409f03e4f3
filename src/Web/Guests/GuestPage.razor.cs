using System.Globalization;
using Microsoft.AspNetCore.Components;
using VzDump.Engine.Guests;
using VzDump.Web.Backups;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Guests;

/// <summary>One guest: what covers it, what a backup of it holds, and what was made of it.</summary>
public sealed partial class GuestPage(GuestDesk desk, BackupNow backupNow, Visitor visitor)
{
    // Older ones are found among all archives.
    private const int Most = 200;
    private GuestView? _view;
    private bool _unknown;

    [Parameter]
    public int Id { get; set; }

    [CascadingParameter]
    public Viewer Viewer { get; set; } = Viewer.Unknown;

    protected override object? Subject => Id;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [WatchAsync];

    private async Task WatchAsync(CancellationToken cancellation)
    {
        (_view, _unknown) = (null, false);
        var number = Id;
        await foreach (var _ in desk.WatchAllAsync(cancellation))
        {
            var view = GuestId.TryParse(number.ToString(CultureInfo.InvariantCulture), out var id) ? await desk.ReadAsync(await visitor.RightsAsync(cancellation), id, cancellation) : null;
            cancellation.ThrowIfCancellationRequested(); // the page may be another guest's by now
            (_view, _unknown) = (view, view is null);
            StateHasChanged();
        }
    }
}
