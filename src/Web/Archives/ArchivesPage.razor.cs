using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using VzDump.Engine.Archives;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Archives;

/// <summary>The archives of all storages as they come and go, filtered by what stands in the address.</summary>
public sealed partial class ArchivesPage(ArchiveWork work, IDialogService dialogs, NavigationManager navigation, IJSRuntime js)
{
    private static readonly DialogOptions Wide = new() { MaxWidth = MaxWidth.Large, FullWidth = true, CloseButton = true, CloseOnEscapeKey = true };
    private ArchiveListing? _listing;
    private IReadOnlyDictionary<string, CheckedArchive> _checks = new Dictionary<string, CheckedArchive>();
    private Rights _rights = Rights.None;
    private IReadOnlyList<string> _problems = [];
    private IReadOnlySet<string> _picked = new HashSet<string>();
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

    // What a filter hides is not touched, though it was ticked before.
    private IReadOnlyList<Archive> Chosen => [.. _shown.Where(archive => _picked.Contains(archive.Path))];

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [WatchArchivesAsync, WatchChecksAsync];

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

    protected override void OnInitialized() => work.Bin.Changed += BinChanged;

    protected override void Dispose(bool disposing)
    {
        work.Bin.Changed -= BinChanged;
        base.Dispose(disposing);
    }

    private async Task WatchArchivesAsync(CancellationToken cancellation)
    {
        await foreach (var listing in work.WatchAsync(cancellation))
        {
            _rights = await work.RightsAsync();
            _listing = listing;
            _guests = [.. listing.Archives.Select(archive => archive.Guest).OfType<Engine.Guests.GuestId>().Distinct().Order().Select(guest => guest.ToString())];
            _storages = [.. listing.Archives.Select(archive => archive.Storage).Distinct().Order()];
            ShowAgain();
        }
    }

    private async Task WatchChecksAsync(CancellationToken cancellation)
    {
        await foreach (var checks in work.WatchChecksAsync(cancellation))
        {
            _checks = checks;
            ShowAgain();
        }
    }

    private void BinChanged(object? sender, EventArgs change) => ShowAgain();

    private void ShowAgain() => _ = InvokeAsync(() =>
    {
        Choose();
        StateHasChanged();
    });

    private void Choose() => _shown = _listing is null ? [] : _filter.Of(_listing.Archives.Where(archive => !work.Bin.Holds(archive)));

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

    private Task AskedAsync((ArchiveAct Act, Archive Archive) asked) => asked.Act switch
    {
        ArchiveAct.Verify => VerifyAsync([asked.Archive]),
        ArchiveAct.Test => TestAsync(asked.Archive),
        ArchiveAct.Notes => dialogs.ShowAsync<ArchiveNotesDialog>(
            $"Notes of {asked.Archive.Name}", new DialogParameters<ArchiveNotesDialog> { { dialog => dialog.Archive, ArchiveId.Of(asked.Archive) } }, Wide with { MaxWidth = MaxWidth.Small }),
        ArchiveAct.Protect or ArchiveAct.Unprotect => ProtectAsync([asked.Archive], asked.Act is ArchiveAct.Protect),
        ArchiveAct.Config => dialogs.ShowAsync<ArchiveConfigDialog>(
            $"Configuration in {asked.Archive.Name}", new DialogParameters<ArchiveConfigDialog> { { dialog => dialog.Archive, asked.Archive } }, Wide),
        ArchiveAct.Log => dialogs.ShowAsync<ArchiveLogDialog>(
            $"Log of {asked.Archive.Name}", new DialogParameters<ArchiveLogDialog> { { dialog => dialog.Archive, ArchiveId.Of(asked.Archive) } }, Wide),
        ArchiveAct.CopyPath => js.InvokeVoidAsync("vzdump.copy", asked.Archive.Path).AsTask(),
        _ => DeleteAsync([asked.Archive]),
    };

    private async Task VerifyAsync(IReadOnlyList<Archive> archives)
    {
        var (begun, problems) = await work.VerifyAsync(archives);
        _problems = problems;
        if (begun.Count > 0)
        {
            navigation.NavigateTo(begun is [var only] ? $"/runs/{only}" : "/runs");
        }
    }

    private async Task TestAsync(Archive archive)
    {
        (var run, _problems) = await work.TestAsync(archive);
        if (run is not null)
        {
            navigation.NavigateTo($"/runs/{run}");
        }
    }

    private async Task ProtectAsync(IReadOnlyList<Archive> archives, bool isProtected) => _problems = await work.ProtectAsync(archives, isProtected);

    private void Delete(IReadOnlyList<Archive> archives) => _ = DeleteAsync(archives);

    private Task DeleteAsync(IReadOnlyList<Archive> archives)
    {
        _picked = new HashSet<string>();
        return FollowAsync(_ => work.Bin.ThrowAsync(archives));
    }

    private async Task PruneAsync()
    {
        var parameters = new DialogParameters<PruneDialog>
        {
            { dialog => dialog.Archives, _shown },
            { dialog => dialog.Storages, [.. _shown.Select(archive => archive.Storage).Distinct().Order()] },
            { dialog => dialog.PolicyOf, work.PolicyOfAsync },
            { dialog => dialog.MayRemove, _rights.May(Role.Administrator) },
        };
        var shown = await dialogs.ShowAsync<PruneDialog>("Prune preview", parameters, Wide);
        if (await shown.Result is { Canceled: false, Data: IReadOnlyList<Archive> removals })
        {
            Delete(removals);
        }
    }
}
