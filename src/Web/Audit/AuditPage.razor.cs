using Microsoft.AspNetCore.Components;
using VzDump.Jobs.Audit;

namespace VzDump.Web.Audit;

/// <summary>Who changed or ran what, newest first; filters and page stand in the address.</summary>
public sealed partial class AuditPage(AuditTrail audit, NavigationManager navigation)
{
    private const int PageSize = 50;
    private IReadOnlyList<AuditEntry>? _entries;
    private AuditChoices _choices = new([], []);
    private int _count;
    private bool _shown;

    [SupplyParameterFromQuery]
    public string? Find { get; set; }

    [SupplyParameterFromQuery]
    public string? Who { get; set; }

    [SupplyParameterFromQuery]
    public string? What { get; set; }

    /// <summary>From 1.</summary>
    [SupplyParameterFromQuery(Name = "page")]
    public int? PageNumber { get; set; }

    private int Current => Math.Clamp(PageNumber ?? 1, 1, Last);

    private int Last => Math.Max(1, (_count + PageSize - 1) / PageSize);

    protected override async Task OnParametersSetAsync()
    {
        // Not while prerendering.
        if (_shown)
        {
            await LoadAsync();
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _shown = true;
            await LoadAsync();
            StateHasChanged();
        }
    }

    private async Task LoadAsync()
    {
        var filter = new AuditFilter { Who = Who, What = What, Find = Find };
        _choices = await audit.ChoicesAsync(CancellationToken.None);
        _count = await audit.CountAsync(filter, CancellationToken.None);
        _entries = await audit.ListAsync(filter, (Current - 1) * PageSize, PageSize, CancellationToken.None);
    }

    private static string? Text(ChangeEventArgs change) => change.Value?.ToString() is { Length: > 0 } text ? text : null;

    private void GoTo(string? find, string? who, string? what, int page) => navigation.NavigateTo(
        navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["find"] = find, ["who"] = who, ["what"] = what, ["page"] = page == 1 ? null : page }),
        replace: true);
}
