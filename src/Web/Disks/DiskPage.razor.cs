using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Engine.Browsing;
using VzDump.Engine.Browsing.Disks;
using VzDump.Web.Browsing;
using VzDump.Web.SignIn;

namespace VzDump.Web.Disks;

/// <summary>One disk of a machine's archive: unpacked on demand, then its file systems, their folders and files. What is open stands in the address.</summary>
public sealed partial class DiskPage(DiskDesk desk, Visitor visitor, NavigationManager navigation, IDialogService dialogs)
{
    private MachineArchive? _subject;
    private ArchivedDisk? _disk;
    private Rights _rights = Rights.None;
    private ArchiveReading? _reading;
    private IReadOnlyList<DiskVolume>? _volumes;
    private IReadOnlyList<TreeEntry>? _entries;
    private MemberPath _folder;
    private (string? Volume, MemberPath Folder, string? Find) _shown;
    private bool _isWaiting;
    private string? _problem;
    private string? _gone;

    /// <summary>Such as <c>local:backup/vzdump-qemu-100-2026_08_22-03_00_00.vma.zst</c>.</summary>
    [SupplyParameterFromQuery]
    public string? Archive { get; set; }

    /// <summary>e.g. <c>scsi0</c>.</summary>
    [SupplyParameterFromQuery]
    public string? Disk { get; set; }

    /// <summary>The file system that is open, e.g. <c>/dev/sda1</c>.</summary>
    [SupplyParameterFromQuery]
    public string? Volume { get; set; }

    /// <summary>The folder that is open; see <see cref="MemberPath"/>.</summary>
    [SupplyParameterFromQuery]
    public string? Path { get; set; }

    [SupplyParameterFromQuery]
    public string? Find { get; set; }

    protected override object? Subject => (Archive, Disk);

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [OpenAsync];

    private bool IsSearch => !string.IsNullOrWhiteSpace(Find);

    private ArchiveId? Id => ArchiveId.TryParse(Archive ?? "");

    protected override async Task OnParametersSetAsync()
    {
        _folder = MemberPath.TryParse(Path, out var folder) ? folder : MemberPath.Root;
        if (_disk?.Image is not null && !_isWaiting && _shown != (Volume, _folder, Find))
        {
            await FollowAsync(ShowAsync);
        }
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        try
        {
            _rights = await visitor.RightsAsync(cancellation);
            _subject = Id is { } id ? await desk.FindAsync(_rights, id, cancellation) : null;
            _disk = _subject?.Disks.FirstOrDefault(disk => disk.Name == Disk);
            _gone = _subject is null ? "There is no such archive any more." : _disk is null ? $"There is no disk '{Disk}' in it." : null;
            StateHasChanged();
            if (_disk?.Image is not null)
            {
                await ShowAsync(cancellation);
            }
        }
        catch (ProblemException problem)
        {
            _gone = problem.Message;
        }

        StateHasChanged();
    }

    private async Task UnpackAsync(CancellationToken cancellation)
    {
        try
        {
            _reading = await desk.UnpackAsync(_rights, Id!, Disk!, again: true, cancellation);
        }
        catch (ProblemException problem)
        {
            _gone = problem.Message;
        }

        StateHasChanged();
    }

    private async Task ShowAsync(CancellationToken cancellation)
    {
        (_shown, _problem, _entries, _isWaiting) = ((Volume, _folder, Find), null, null, true);
        StateHasChanged();
        try
        {
            // Somebody may have gone on to another folder meanwhile: what is asked for last is what is shown.
            for (var isFirst = true; isFirst || _shown != (Volume, _folder, Find); isFirst = false)
            {
                _shown = (Volume, _folder, Find);
                var rights = await visitor.RightsAsync(cancellation);
                _volumes ??= await desk.ListVolumesAsync(rights, Id!, Disk!, cancellation);
                if (Volume is not null)
                {
                    _entries = await desk.ListAsync(rights, PlaceOf(_folder), Find, cancellation);
                    _problem = _entries is null ? $"There is no folder '{_folder}' in it." : null;
                }
            }
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
        finally
        {
            _isWaiting = false;
        }

        StateHasChanged();
    }

    private ValueTask<FolderPart> ProvideAsync(long skip, int most, CancellationToken cancellation) =>
        ValueTask.FromResult(new FolderPart(_entries?.Count ?? 0, [.. (_entries ?? []).Skip((int)skip).Take(most)]));

    private DiskPlace PlaceOf(MemberPath path) => new(Id!, Disk!, Volume!, path);

    private string HrefOf(MemberPath folder) => DiskAddress.Folder(Id!, Disk!, Volume!, folder);

    private string DownloadHrefOf(TreeEntry entry) => entry.Kind is EntryKind.Folder ? DiskAddress.Tar(Id!, Disk!, Volume!, entry.Path) : DiskAddress.File(Id!, Disk!, Volume!, entry.Path);

    private void GoTo(string? find) => navigation.NavigateTo(HrefOf(_folder) + (string.IsNullOrWhiteSpace(find) ? "" : $"&find={Uri.EscapeDataString(find)}"));

    private Task PreviewAsync(TreeEntry entry) => dialogs.ShowAsync<FileDialog>(
        entry.Path.Name,
        new DialogParameters<FileDialog> { { dialog => dialog.Entry, entry }, { dialog => dialog.Read, async stop => await desk.PreviewAsync(await visitor.RightsAsync(stop), PlaceOf(entry.Path), stop) }, { dialog => dialog.DownloadHref, DownloadHrefOf(entry) } },
        new DialogOptions { MaxWidth = MaxWidth.Large, FullWidth = true, CloseButton = true, CloseOnEscapeKey = true });
}
