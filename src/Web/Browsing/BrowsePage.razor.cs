using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Browsing;

/// <summary>The files in a container's archive, folder by folder; folder and search stand in the address.</summary>
public sealed partial class BrowsePage(BrowseDesk desk, Visitor visitor, NavigationManager navigation, IDialogService dialogs)
{
    private readonly HashSet<MemberPath> _picked = [];
    private BrowsedArchive? _subject;
    private Rights _rights = Rights.None;
    private ArchiveReading? _making;
    private MemberPath _folder;
    private FolderPart? _part;
    private (MemberPath Folder, string? Find) _shown;
    private string? _gone;

    /// <summary>Such as <c>local:backup/vzdump-lxc-101-2026_08_22-03_00_00.tar.zst</c>.</summary>
    [SupplyParameterFromQuery]
    public string? Archive { get; set; }

    /// <summary>The folder that is open; see <see cref="MemberPath"/>.</summary>
    [SupplyParameterFromQuery]
    public string? Path { get; set; }

    [SupplyParameterFromQuery]
    public string? Find { get; set; }

    protected override object? Subject => Archive;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [OpenAsync];

    private bool IsSearch => !string.IsNullOrWhiteSpace(Find);

    private ArchiveId? Id => ArchiveId.TryParse(Archive ?? "");

    protected override async Task OnParametersSetAsync()
    {
        _folder = MemberPath.TryParse(Path, out var folder) ? folder : MemberPath.Root;
        if (_subject?.Tree is not null && _shown != (_folder, Find))
        {
            await ShowAsync();
        }
    }

    private static string EntryCount(long count) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? "entry" : "entries")}";

    private static IEnumerable<string> Cautions(TreeFacts tree)
    {
        if (tree.Problem is { } damage)
        {
            yield return $"The archive is damaged, and only what stands before the damage is shown. {damage}";
        }

        if (tree.LeftOut > 0)
        {
            yield return $"{EntryCount(tree.LeftOut)} with a path that leads out of the container {(tree.LeftOut == 1 ? "is" : "are")} not shown.";
        }
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        try
        {
            _rights = await visitor.RightsAsync(cancellation);
            _subject = Id is { } id ? await desk.FindAsync(_rights, id, cancellation) : null;
            if (_subject is null)
            {
                _gone = "There is no such archive any more.";
            }
            else if (_subject.Tree is null)
            {
                await ReadAsync(cancellation);
            }
            else
            {
                await ShowAsync();
            }
        }
        catch (ProblemException problem)
        {
            _gone = problem.Message;
        }

        StateHasChanged();
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        _making = await desk.MakeAsync(_rights, Id!, again: true, cancellation);
        StateHasChanged();
    }

    private async Task ShowAsync()
    {
        try
        {
            _shown = (_folder, Find);
            _part = await desk.ListAsync(await visitor.RightsAsync(CancellationToken.None), _subject!.Archive, _folder, Find, 0, 1, Left);
            _gone = _part is null ? $"There is no folder '{_folder}' in it." : null;
        }
        catch (ProblemException problem)
        {
            _gone = problem.Message;
        }
    }

    private async ValueTask<FolderPart> ProvideAsync(long skip, int most, CancellationToken cancellation) =>
        await desk.ListAsync(await visitor.RightsAsync(cancellation), _subject!.Archive, _shown.Folder, _shown.Find, skip, most, cancellation) ?? new FolderPart(0, []);

    private string HrefOf(MemberPath folder) => Address("/archives/browse", folder);

    private string DownloadHrefOf(TreeEntry entry) => Address("/archives/file", entry.Path);

    private string Address(string page, MemberPath path) => $"{page}?archive={Uri.EscapeDataString(Archive ?? "")}&path={Uri.EscapeDataString(path.ToString())}";

    private void GoTo(string? find) => navigation.NavigateTo(HrefOf(_folder) + (string.IsNullOrWhiteSpace(find) ? "" : $"&find={Uri.EscapeDataString(find)}"));

    private async Task PutBackAsync()
    {
        var dialog = await dialogs.ShowAsync<PutBackDialog>(
            _picked.Count == 1 ? $"Put back {_picked.First().Name}" : $"Put back {_picked.Count} files and folders",
            new DialogParameters<PutBackDialog> { { dialog => dialog.Archive, _subject!.Archive }, { dialog => dialog.Paths, [.. _picked] } },
            new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseButton = true, CloseOnEscapeKey = true });
        if (await dialog.Result is { Canceled: false, Data: Guid run })
        {
            navigation.NavigateTo($"/runs/{run}");
        }
    }

    private Task PreviewAsync(TreeEntry entry) => dialogs.ShowAsync<FileDialog>(
        entry.Path.Name,
        new DialogParameters<FileDialog> { { dialog => dialog.Entry, entry }, { dialog => dialog.Read, async stop => await desk.PreviewAsync(await visitor.RightsAsync(stop), Id!, entry.Path, stop) }, { dialog => dialog.DownloadHref, DownloadHrefOf(entry) } },
        new DialogOptions { MaxWidth = MaxWidth.Large, FullWidth = true, CloseButton = true, CloseOnEscapeKey = true });
}
