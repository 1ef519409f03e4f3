using Microsoft.AspNetCore.Components;
using VzDump.Jobs.Runs;
using VzDump.Web.SignIn;

namespace VzDump.Web.Runs;

/// <summary>All runs, page by page, live; filters and page stand in the address.</summary>
public sealed partial class RunsPage(RunDesk runs, Visitor visitor, NavigationManager navigation)
{
    private const int PageSize = 50;
    private IReadOnlyList<Run>? _runs;
    private int _count;

    [SupplyParameterFromQuery]
    public string? Find { get; set; }

    /// <summary>A <see cref="RunState"/>; what is none chooses nothing.</summary>
    [SupplyParameterFromQuery]
    public string? State { get; set; }

    /// <summary>From 1.</summary>
    [SupplyParameterFromQuery(Name = "page")]
    public int? PageNumber { get; set; }

    private RunState? Chosen => StateOf(State);

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
        var filter = new RunFilter { Find = Find, State = Chosen };
        _count = await runs.CountAsync(rights, filter, Left);
        _runs = await runs.ListAsync(rights, filter, (Current - 1) * PageSize, PageSize, Left);
    }

    private void GoTo(string? find, RunState? state, int page) => navigation.NavigateTo(
        navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["find"] = find, ["state"] = state?.ToString(), ["page"] = page == 1 ? null : page }));

    private static RunState? StateOf(string? text) => Enum.TryParse<RunState>(text, ignoreCase: true, out var state) && Enum.IsDefined(state) ? state : null;

    private static string? Text(ChangeEventArgs change) => change.Value?.ToString() is { Length: > 0 } text ? text : null;
}
