using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using VzDump.Engine.Archives;
using VzDump.Engine.Storages;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Archives;

/// <summary>The archives of all storages, filtered by what stands in the address.</summary>
public sealed partial class ArchivesPage(ArchiveDesk archives, Visitor visitor, IDialogService dialogs, NavigationManager navigation, IJSRuntime js)
{
    private ArchiveListing? _listing;
    private ArchiveFilter _filter = new();
    private IReadOnlyList<Archive> _shown = [];
    private IReadOnlyList<string> _guests = [];
    private IReadOnlyList<string> _storages = [];

    [SupplyParameterFromQuery]
    public string? Find { get; set; }

    [SupplyParameterFromQuery]
    public string? Guest { get; set; }

    [SupplyParameterFromQuery]
    public string? Type { get; set; }

    [SupplyParameterFromQuery]
    public string? Storage { get; set; }

    [SupplyParameterFromQuery]
    public string? Order { get; set; }

    private string Summary => _filter.IsNone
        ? $"{Words.Count(_shown.Count, "archive")}, {Words.Size(_shown.Sum(archive => archive.Size))}"
        : $"{_shown.Count} of {Words.Count(_listing!.Archives.Count, "archive")}, {Words.Size(_shown.Sum(archive => archive.Size))}";

    protected override void OnParametersSet()
    {
        _filter = new ArchiveFilter
        {
            Find = Find,
            Guest = Guest,
            Kind = Type,
            Storage = Storage,
            Order = Enum.TryParse<ArchiveOrder>(Order, ignoreCase: true, out var order) ? order : ArchiveOrder.Newest,
        };
        Choose();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _listing = await archives.ListAsync(await visitor.RightsAsync(CancellationToken.None), CancellationToken.None);
            _guests = [.. _listing.Archives.Select(archive => archive.Guest).OfType<Engine.Guests.GuestId>().Distinct().Order().Select(guest => guest.ToString())];
            _storages = [.. _listing.Archives.Select(archive => archive.Storage).Distinct().Order()];
            Choose();
            StateHasChanged();
        }
    }

    private void Choose() => _shown = _listing is null ? [] : _filter.Of(_listing.Archives);

    private void GoTo(ArchiveFilter filter) => navigation.NavigateTo(
        navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            ["find"] = filter.Find,
            ["guest"] = filter.Guest,
            ["type"] = filter.Kind,
            ["storage"] = filter.Storage,
            ["order"] = filter.Order is ArchiveOrder.Newest ? null : filter.Order.ToString().ToLowerInvariant(),
        }),
        replace: true);

    private Task ShowLogAsync(Archive archive) => dialogs.ShowAsync<ArchiveLogDialog>(
        $"Log of {archive.Name}",
        new DialogParameters<ArchiveLogDialog> { { dialog => dialog.Archive, ArchiveId.Of(archive) } },
        new DialogOptions { MaxWidth = MaxWidth.Large, FullWidth = true, CloseButton = true, CloseOnEscapeKey = true });

    private Task CopyPathAsync(Archive archive) => js.InvokeVoidAsync("vzdump.copy", archive.Path).AsTask();
}
