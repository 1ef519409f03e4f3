using Microsoft.AspNetCore.Components;
using VzDump.Jobs.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>All runs, page by page, live.</summary>
public sealed partial class RunsPage(RunDesk runs, Visitor visitor, NavigationManager navigation) : IDisposable
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
            await foreach (var _ in runs.WatchAllAsync(_closed.Token))
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
        var rights = await visitor.RightsAsync(_closed.Token);
        _count = await runs.CountAsync(rights, _closed.Token);
        _runs = await runs.ListAsync(rights, (Current - 1) * PageSize, PageSize, _closed.Token);
    }

    private void GoTo(int page) => navigation.NavigateTo(navigation.GetUriWithQueryParameter("page", page == 1 ? null : page));
}
