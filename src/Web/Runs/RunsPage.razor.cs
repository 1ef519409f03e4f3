using Microsoft.AspNetCore.Components;
using VzDump.Jobs.Live;
using VzDump.Jobs.Runs;

namespace VzDump.Web.Runs;

/// <summary>All runs, page by page, live.</summary>
public sealed partial class RunsPage(BackupRuns runs, RunFeed feed, NavigationManager navigation) : IDisposable
{
    private const int PageSize = 50;
    private readonly CancellationTokenSource _closed = new();
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

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            _ = WatchAsync();
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var _ in feed.WatchAllAsync(_closed.Token))
            {
                await LoadAsync();
                await InvokeAsync(StateHasChanged);
            }
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }

    private async Task LoadAsync()
    {
        _count = await runs.CountAsync(_closed.Token);
        _runs = await runs.ListAsync((Current - 1) * PageSize, PageSize, _closed.Token);
    }

    private void GoTo(int page) => navigation.NavigateTo(navigation.GetUriWithQueryParameter("page", page == 1 ? null : page));
}
