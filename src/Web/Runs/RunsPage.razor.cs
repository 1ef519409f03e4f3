using Microsoft.AspNetCore.Components;
using VzDump.Jobs.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>All runs, page by page, live.</summary>
public sealed partial class RunsPage(RunDesk runs, Visitor visitor, NavigationManager navigation)
{
    private const int PageSize = 50;
    private IReadOnlyList<Run>? _runs;
    private int _count;

    /// <summary>From 1.</summary>
    [SupplyParameterFromQuery(Name = "page")]
    public int? PageNumber { get; set; }

    private int Current => Math.Clamp(PageNumber ?? 1, 1, Last);

    private int Last => Math.Max(1, (_count + PageSize - 1) / PageSize);

    protected override async Task OnParametersSetAsync()
    {
        // Not on the first time, which may be while prerendering: the feed's first element reads then.
        if (_runs is not null)
        {
            await LoadAsync();
        }
    }

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [WatchAsync];

    private async Task WatchAsync(CancellationToken cancellation)
    {
        await foreach (var _ in runs.WatchAllAsync(cancellation))
        {
            await LoadAsync();
            await InvokeAsync(StateHasChanged);
        }
    }

    private async Task LoadAsync()
    {
        var rights = await visitor.RightsAsync(Left);
        _count = await runs.CountAsync(rights, Left);
        _runs = await runs.ListAsync(rights, (Current - 1) * PageSize, PageSize, Left);
    }

    private void GoTo(int page) => navigation.NavigateTo(navigation.GetUriWithQueryParameter("page", page == 1 ? null : page));
}
